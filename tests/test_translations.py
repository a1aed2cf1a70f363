"""No string that people see is left in English: code and templates of every app, against the catalogs."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from statuspage.render.engine import joined_lines

ROOT = Path(__file__).parent.parent
APPS = ("monitors", "incidents", "subscribers", "statuspage")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}

Message = tuple[str | None, str]


def said() -> Iterator[tuple[Message, Path]]:
    """Every message of the code and of the templates, with where it stands."""
    for path in [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]:
        yield from found(path, path.read_bytes())
    for path in sorted((ROOT / "templates").rglob("*.*")):
        if path.suffix in (".html", ".txt"):
            source = path.read_text()
            if path.parent.name == "public":
                source = joined_lines(source)
            code = templatize(source, origin=str(path))
            # What is not a message became X: its indentation means nothing to Python.
            yield from found(path, re.sub(r"(?m)^[ \t]+(?=X|n?p?gettext)", "", code).encode())


def found(path: Path, code: bytes) -> Iterator[tuple[Message, Path]]:
    options = {"encoding": "utf-8"}
    for _line, message, _comments, context in extract("python", io.BytesIO(code), KEYWORDS, options=options):
        first = message if isinstance(message, str) else message[0]
        yield (context, first), path.relative_to(ROOT)


def french() -> set[Message]:
    """What the catalogs of all apps translate."""
    known: set[Message] = set()
    for path in ROOT.glob("*/locale/fr/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="fr"):
                forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
                if message.id and all(forms) and not message.fuzzy:
                    known.add((message.context, message.id if isinstance(message.id, str) else message.id[0]))
    return known


def test_every_message_of_every_app_is_translated() -> None:
    known = french()
    missing = sorted({f"{path}: {message[1]!r}" for message, path in said() if message not in known})
    assert missing == []


def test_it_looks_everywhere() -> None:
    places = {path.parts[0] for _message, path in said()} | {"/".join(p.parts[:2]) for _m, p in said()}
    assert {*APPS, "templates/admin", "templates/public", "templates/subscribe", "templates/email"} <= places
