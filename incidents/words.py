"""What staff typed, made fit to be kept: clean, not too long, in at least one language.

Nothing is silently cut: what does not fit is refused with a sentence for the person who typed it.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from monitors.markdown import clean

TITLE_LENGTH = 200
BODY_LENGTH = 10_000
WORKAROUND_LENGTH = 2_000
SCOPE_LENGTH = 300
# A year outside is a slip of the keyboard (0202 for 2026), and no page could be made with it.
YEARS = range(2000, 3000)
_SPACES = re.compile(r"[^\S\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]+")


class PostError(ValueError):
    """Something cannot be posted: a sentence for the person, and the field it is about."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Texts:
    """One text in both languages."""

    en: str
    fr: str


def title(en: str, fr: str) -> Texts:
    """A title on one line per language. Raises PostError where both are missing or one is too long."""
    return _texts("title", _line(en), _line(fr), TITLE_LENGTH)


def body(en: str, fr: str) -> Texts:
    """A Markdown text per language. Raises PostError where both are missing or one is too long."""
    return _texts("body", clean(en).strip(), clean(fr).strip(), BODY_LENGTH)


def workaround(en: str, fr: str) -> Texts:
    """A Markdown text per language, or none at all. Raises PostError where one is too long."""
    return _fitting("workaround", clean(en).strip(), clean(fr).strip(), WORKAROUND_LENGTH)


def scope(en: str, fr: str) -> Texts:
    """Who is affected, on one line per language, or nothing. Raises PostError where one is too long."""
    return _fitting("scope", _line(en), _line(fr), SCOPE_LENGTH)


def moment(field: str, at: datetime) -> datetime:
    """A time that can be meant. Raises PostError where its year was mistyped."""
    if at.year not in YEARS:
        raise PostError(field, _("Please check the year of this date."))
    return at


def _line(text: str) -> str:
    """One line with single spaces; those that must not break stay, as French sets them before a colon."""
    return _SPACES.sub(" ", clean(text)).strip()


def _texts(field: str, en: str, fr: str, longest: int) -> Texts:
    texts = _fitting(field, en, fr, longest)
    if not en and not fr:
        raise PostError(f"{field}_en", _("Write this in at least one language."))
    return texts


def _fitting(field: str, en: str, fr: str, longest: int) -> Texts:
    for language, text in (("en", en), ("fr", fr)):
        if len(text) > longest:
            sentence = _("This is %(length)d characters long; at most %(longest)d are possible.")
            raise PostError(f"{field}_{language}", sentence % {"length": len(text), "longest": longest})
    return Texts(en, fr)
