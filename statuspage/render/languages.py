"""The languages of the public page, and where each has its files. Pure.

Human pages live under `<language>/`; the default language has them at the unprefixed paths too.
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


def prefixes(page: PageInfo, language: str) -> tuple[str, ...]:
    """The prefixes that pages of one language have."""
    return ("", f"{language}/") if language == page.default_language else (f"{language}/",)


def prefix(page: PageInfo, language: str) -> str:
    """Where files for programs in one language are: "" for the default language, else "fr/"."""
    return "" if language == page.default_language else f"{language}/"
