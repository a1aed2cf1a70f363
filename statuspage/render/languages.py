"""The languages of the public page, and where each has its files. Pure.

The default language has its files at unprefixed paths, each other one under `<language>/`. Addresses that
name the default language lead there as well (`moved.py`).
"""

from dataclasses import dataclass

from statuspage.snapshot import PageInfo

LANGUAGES = {"en": "English", "fr": "Français"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one page in one language is: `prefix` + `below`, such as "fr/" and "history/"."""

    prefix: str
    below: str

    @property
    def path(self) -> str:
        """The file's path."""
        return f"{self.prefix}{self.below}index.html"

    @property
    def home(self) -> str:
        """The relative address of the index in the same language; "" there itself."""
        return "../" * self.below.count("/")

    @property
    def root(self) -> str:
        """The relative address of the site's root."""
        return "../" * (self.below.count("/") + self.prefix.count("/"))


def languages(page: PageInfo) -> tuple[str, ...]:
    """The page's languages, its default first."""
    return tuple(dict.fromkeys((page.default_language, *page.languages)))


def prefix(page: PageInfo, language: str) -> str:
    """Where the files of one language are: "" for the default language, else such as "fr/"."""
    return "" if language == page.default_language else f"{language}/"
