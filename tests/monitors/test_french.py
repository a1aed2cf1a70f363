"""The French catalog: complete, with nothing left over, and set as French is."""

import io
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2] / "monitors"
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None, "gettext_lazy": None}
CATALOG = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"


def test_every_message_has_its_french() -> None:
    wanted = set()
    for path in sorted(ROOT.rglob("*.py")):
        found = extract("python", io.BytesIO(path.read_bytes()), KEYWORDS)
        wanted |= {message[-1] if isinstance(message, tuple) else message for _line, message, *_rest in found}
    with CATALOG.open("rb") as stream:
        have = {message.id for message in read_po(stream, locale="fr") if message.string and message.id}
    assert wanted - have == set()
    assert have - wanted == set()


def test_french_is_set_as_french_is() -> None:
    with CATALOG.open("rb") as stream:
        texts = [str(message.string) for message in read_po(stream) if message.id]
    for text in texts:
        assert "'" not in text
        assert not any(f" {mark}" in text for mark in ":;!?»"), text
