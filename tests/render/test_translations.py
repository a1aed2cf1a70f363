"""Nothing on the public page is said past the translators."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from statuspage.render.engine import TEMPLATES, joined_lines
from tests.test_translations import said

# The API, feeds, styles, and what search engines read.
TO_PROGRAMS = ("api", "feed", "colour.py", "crawlers.py", "engine.py", "site.py")


def test_templates_hold_no_words_of_their_own() -> None:
    for path in TEMPLATES.glob("*.html"):
        source = joined_lines(path.read_text())
        source = re.sub(r"\{%-? *blocktranslate.*?endblocktranslate *%\}", "", source)
        source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", source)
        # What the script unfolds is read like the rest.
        source = re.sub(r'<[^<>]* data-html="([^"]*)"[^>]*>', r"\1", source)
        words = re.sub(r"<[^>]*>|&\S+?;", "", source)
        assert not re.search(r"\w", words), (path.name, words)


def test_python_holds_no_sentence_of_its_own() -> None:
    """What speaks to programs aside, all that has two words in a row is translated."""
    known = " ".join(f"{key[0]} {key[1]} {plural}" for key, plural in said("statuspage").items())
    for path in (TEMPLATES.parent.parent / "statuspage" / "render").glob("*.py"):
        if not path.name.startswith(TO_PROGRAMS):
            assert [words for words in _prose(path) if words not in known] == [], path.name


def _prose(path: Path) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.STRING and not token.string.startswith('"""'):
            value = ast.literal_eval(token.string.removeprefix("f"))
            words = re.sub(r"<[^>]*>", "", value.decode() if isinstance(value, bytes) else value)
            if re.search(r"[a-z]{2} [a-z]{2}", words):
                yield words
