"""What a message to the team says, in every language: whoever reads it is known only when it is sent.

Plain text: nothing in it is markup, whoever wrote it.
"""

from typing import TypedDict

from django.utils import translation
from django.utils.translation import gettext as _

from monitors.models import LANGUAGES
from subscribers.channels.chat_card import Tone

Texts = dict[str, str]


class Said(TypedDict):
    """The values of a message: its title and text by language, where it leads, and how serious it is."""

    title: Texts
    text: Texts
    url: str
    tone: str


def said(title: Texts, text: Texts, url: str = "", tone: Tone = Tone.MINOR) -> Said:
    """The values that `tell` takes. `url` is absolute, or a path of this application."""
    return Said(title=title, text=text, url=url, tone=tone.value)


def both(message: str, **values: object) -> Texts:
    """A message id of this application (gettext_noop) in every language, its holes filled.

    A value may be a Texts itself, such as a title: then each language gets its own, or the other's.
    """
    texts = {}
    for language, _name in LANGUAGES:
        with translation.override(language):
            texts[language] = _(message) % {name: _in(language, value) for name, value in values.items()}
    return texts


def _in(language: str, value: object) -> object:
    if isinstance(value, dict):
        return value.get(language) or next(filter(None, value.values()), "")
    return value
