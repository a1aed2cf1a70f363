"""Every sentence that a target can say exists in French."""

import ast
from pathlib import Path

from babel.messages.pofile import read_po

from statuspage import publish

CATALOG = Path(publish.__file__).parents[1] / "locale/fr/LC_MESSAGES/django.po"


def test_every_sentence_is_translated() -> None:
    marked = {
        node.args[0].value
        for source in Path(publish.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "gettext_noop"
        if isinstance(node.args[0], ast.Constant)
    }
    assert len(marked) > 30
    with CATALOG.open("rb") as file:
        french = {str(message.id): message.string for message in read_po(file) if message.id}
    assert {sentence for sentence in marked if not french.get(str(sentence))} == set()
