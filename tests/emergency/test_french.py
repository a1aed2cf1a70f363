"""Every sentence of the emergency tool has its French, with the same parts filled in."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from statuspage import emergency

ROOT = Path(emergency.__file__).parent
CATALOG = ROOT.parent / "locale" / "fr" / "LC_MESSAGES" / "django.po"
HOLE = re.compile(r"%\((\w+)\)")
CALLS = ("_", "gettext_noop", "ngettext")


def sentences() -> Iterator[str]:
    for path in sorted(ROOT.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def test_every_sentence_is_translated_with_its_holes() -> None:
    french: dict[str, list[str]] = {}
    with CATALOG.open("rb") as file:
        for message in read_po(file, locale="fr"):
            if message.id:
                singular = message.id if isinstance(message.id, str) else message.id[0]
                told = message.string if isinstance(message.string, (list, tuple)) else [message.string or ""]
                french[singular] = [str(form) for form in told]
    found = list(sentences())
    assert len(found) > 150
    for sentence in found:
        assert all(french.get(sentence, [""])), sentence
        for form in french[sentence]:
            assert set(HOLE.findall(form)) == set(HOLE.findall(sentence)), sentence
