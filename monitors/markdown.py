"""What staff write (Markdown) as safe HTML and as plain text; imports no Django.

Whatever the input, the HTML holds only the tags in `TAGS`, links only to http, https and mailto
addresses, no image and no script: raw HTML and refused links stay visible as text.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from html import escape
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from markdown_it.utils import EnvType, OptionsDict

# Longer than any update can be; beyond it text is shown as it is, so that no input costs seconds.
LIMIT: Final = 20_000
TAGS: Final = frozenset({"p", "br", "strong", "em", "a", "ul", "ol", "li", "code", "pre", "blockquote", "hr"})
SCHEMES: Final = frozenset({"http", "https", "mailto"})

# `https:host` and `https:///host` are addresses to a browser, but not what anyone means to write.
_LINK = re.compile(r"(https?://[^/\\\s]|mailto:[^\s/\\])", re.IGNORECASE)
# Characters that XML 1.0 (so the feeds) refuses, apart from those that separate lines and words.
_REFUSED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class _Renderer(RendererHTML):
    """Headings become bold paragraphs: wherever the text stands, it cannot break the page's outline."""

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "<p><strong>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</strong></p>\n"

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return escape(_alternative(tokens[idx].children or []))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    # Over the method itself: both `[text](link)` and `<link>` ask it.
    parser.validateLink = lambda url: bool(_LINK.match(url))  # type: ignore[method-assign]
    return parser


_PARSER: Final = _parser()


def clean(text: str) -> str:
    """`text` without control characters and with `\\n` alone between lines."""
    return _REFUSED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def to_html(text: str) -> str:
    """Safe HTML of a Markdown text; line breaks stay where they were written."""
    text = clean(text)
    return _plain_html(text) if len(text) > LIMIT else _html(text)


# The same texts stand in every release, in pages, feeds and the API.
@lru_cache(maxsize=512)
def _html(text: str) -> str:
    return nh3.clean(
        _PARSER.render(text),
        tags=set(TAGS),
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=set(SCHEMES),
        link_rel="nofollow noopener",
    ).strip()


def _plain_html(text: str) -> str:
    paragraphs = [part.strip("\n") for part in re.split(r"\n{2,}", text)]
    return "\n".join(f"<p>{escape(part)}</p>".replace("\n", "<br>") for part in paragraphs if part)


def to_text(text: str) -> str:
    """Readable plain text of a Markdown text: a link is "its text (its address)"."""
    text = clean(text)
    if len(text) > LIMIT:
        return text.strip()
    return _blocks(SyntaxTreeNode(_PARSER.parse(text)).children).strip("\n")


def blocks(text: str) -> Sequence[SyntaxTreeNode]:
    """The blocks of a Markdown text, for whoever writes another language than HTML.

    There is no HTML and no refused link in them. Raises ValueError for more than LIMIT.
    """
    if len(text) > LIMIT:
        raise ValueError("This text is too long to be Markdown.")
    return SyntaxTreeNode(_PARSER.parse(clean(text))).children


def _blocks(nodes: Sequence[SyntaxTreeNode], separator: str = "\n\n") -> str:
    return separator.join(_block(node) for node in nodes)


def _block(node: SyntaxTreeNode) -> str:
    block = _BLOCKS.get(node.type)
    return block(node) if block else _inlines(node.children)


def _items(node: SyntaxTreeNode) -> str:
    first = int(node.attrs.get("start", 1))
    ordered = node.type == "ordered_list"
    marks = [f"{first + index}. " if ordered else "- " for index in range(len(node.children))]
    items = zip(marks, node.children, strict=True)
    return "\n".join(_prefixed(_blocks(item.children, "\n"), mark, " " * len(mark)) for mark, item in items)


def _prefixed(text: str, first: str, rest: str) -> str:
    return first + text.replace("\n", f"\n{rest}")


_BLOCKS: Final[dict[str, Callable[[SyntaxTreeNode], str]]] = {
    "bullet_list": _items,
    "ordered_list": _items,
    "blockquote": lambda node: _prefixed(_blocks(node.children), "> ", "> "),
    "fence": lambda node: _prefixed(node.content.rstrip("\n"), "    ", "    "),
    "code_block": lambda node: _prefixed(node.content.rstrip("\n"), "    ", "    "),
    "hr": lambda _node: "---",
}


def _inlines(nodes: Sequence[SyntaxTreeNode]) -> str:
    return "".join(_inline(node) for node in nodes)


def _inline(node: SyntaxTreeNode) -> str:
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    if node.type == "link":
        return _link(_inlines(node.children), str(node.attrs.get("href", "")))
    return _inlines(node.children) if node.children else node.content


def _link(text: str, address: str) -> str:
    bare = address.removeprefix("mailto:")
    return bare if text in ("", bare, address) else f"{text} ({bare})"


def _alternative(tokens: Sequence[Token]) -> str:
    return "".join(token.content or _alternative(token.children or []) for token in tokens)
