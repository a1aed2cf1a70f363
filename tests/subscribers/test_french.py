import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[2]
KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_noop": None, "gettext_lazy": None}
CATALOG = ROOT / "subscribers" / "locale" / "fr" / "LC_MESSAGES" / "django.po"


def _sources() -> Iterator[str]:
    for path in sorted((ROOT / "subscribers").rglob("*.py")):
        yield path.read_text()
    for folder in ("subscribe", "email"):
        for path in sorted((ROOT / "templates" / folder).iterdir()):
            yield templatize(path.read_text(), origin=path.name)


def test_every_message_has_its_french() -> None:
    wanted = set()
    for source in _sources():
        for _line, message, _comments, _context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            wanted.add(message[0] if isinstance(message, tuple) else message)
    with CATALOG.open("rb") as stream:
        catalog = read_po(stream, locale="fr")
    have = {
        message.id[0] if isinstance(message.id, tuple) else message.id
        for message in catalog
        if message.string
    }

    assert wanted - have == set()
    assert have - wanted == {""}


def test_french_is_set_as_french_is() -> None:
    with CATALOG.open("rb") as stream:
        texts = [text for message in read_po(stream) if message.id for text in _strings(message.string)]
    for text in texts:
        assert "'" not in text
        assert not any(f" {mark}" in text or f"e{mark}" in text for mark in ":;!?»")


def _strings(string: str | tuple[str, ...]) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (string,)
