"""The strings that the renderer and its templates give to translators, as gettext would find them."""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

from statuspage.render.engine import TEMPLATES, joined_lines

# (context or None, singular)
Key = tuple[str | None, str]
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_noop": None,
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def extracted() -> dict[Key, str | None]:
    """Every message with its plural."""
    found: dict[Key, str | None] = {}
    for source in _sources():
        for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            singular, plural = message if isinstance(message, tuple) else (message, None)
            found[context, singular] = plural or found.get((context, singular))
    return found


def _sources() -> Iterator[str]:
    for path in sorted((TEMPLATES.parent.parent / "statuspage" / "render").glob("*.py")):
        yield path.read_text()
    for path in sorted(TEMPLATES.glob("*.html")):
        yield templatize(joined_lines(path.read_text()), origin=Path(path).name)
