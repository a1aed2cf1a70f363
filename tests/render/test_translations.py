"""Both languages are complete, and French is set as French is."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

from statuspage.render.engine import LOCALE, TEMPLATES, joined_lines
from tests.render.messages import extracted

CATALOG = LOCALE / "fr" / "LC_MESSAGES" / "django.po"
HOLE = re.compile(r"%\(\w+\)\w+|\{\w*\}")


def french() -> dict[tuple[str | None, str], list[str]]:
    """The catalog: message to its forms."""
    with CATALOG.open("rb") as file:
        catalog = read_po(file, locale="fr")
    forms: dict[tuple[str | None, str], list[str]] = {}
    for message in catalog:
        if message.id:
            singular = message.id[0] if isinstance(message.id, tuple) else message.id
            told = message.string if isinstance(message.string, tuple) else (message.string or "",)
            forms[message.context, str(singular)] = [str(form) for form in told]
    return forms


def test_every_message_is_translated() -> None:
    catalog = french()
    missing = [key for key in extracted() if not catalog.get(key) or not all(catalog[key])]
    assert missing == []


def test_translations_keep_every_hole_of_the_message() -> None:
    catalog = french()
    for key, plural in extracted().items():
        names = {re.sub(r"\)\w+", ")", hole) for hole in HOLE.findall(plural or key[1])}
        for form in catalog[key]:
            assert {re.sub(r"\)\w+", ")", hole) for hole in HOLE.findall(form)} == names, key


def test_french_typography() -> None:
    for key, forms in french().items():
        for form in forms:
            words = HOLE.sub("x", form)
            assert "'" not in words, key
            assert not re.search(r"[^\N{NO-BREAK SPACE}][:;!?»%](?!\w)", words), key
            assert not re.search(r"«[^\N{NO-BREAK SPACE}]", words), key


def test_templates_hold_no_words_of_their_own() -> None:
    for path in TEMPLATES.glob("*.html"):
        source = joined_lines(path.read_text())
        source = re.sub(r"\{%-? *blocktranslate.*?endblocktranslate *%\}", "", source)
        source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source)
        words = re.sub(r"<[^>]*>", "", source).replace("&nbsp;", "")
        assert not re.search(r"\w", words), (path.name, words)


def test_python_holds_no_sentence_of_its_own() -> None:
    """The API and the feeds speak to programs; all else that has two words in a row is translated."""
    known = " ".join(f"{key[0]} {key[1]} {plural}" for key, plural in extracted().items())
    for path in (TEMPLATES.parent.parent / "statuspage" / "render").glob("*.py"):
        if not path.name.startswith(("api", "feed", "engine.py", "site.py")):
            assert [words for words in _prose(path) if words not in known] == [], path.name


def _prose(path: Path) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.STRING and not token.string.startswith('"""'):
            value = ast.literal_eval(token.string.removeprefix("f"))
            words = re.sub(r"<[^>]*>", "", value.decode() if isinstance(value, bytes) else value)
            if re.search(r"[a-z]{2} [a-z]{2}", words):
                yield words
