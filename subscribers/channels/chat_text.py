"""Markdown as runs of text, and what every chat language needs to write them. Pure.

No text can mention anybody, begin a link of its own or end a markup that it stands in: what has a meaning
to a chat service is broken by a zero-width space or escaped by the service's own dialect.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.tree import SyntaxTreeNode

from monitors import markdown

ELLIPSIS = "…"
# Of a text in Markdown; no service takes a quarter of it.
_LONGEST = 16_000
_BREAK = "\u200b"
# `@here`, also after a dot or a dash, where Mattermost begins a new word; an e-mail address stays as it is.
_MENTION = re.compile(r"(?<![A-Za-z0-9])@|@(?=(?:here|everyone|channel|all)\b)", re.IGNORECASE)
# `<!channel>`, `<@U1>`, `<#C1>`: Slack's, which Mattermost understands as well; `</command:1>` is Discord's.
_SPECIAL = re.compile(r"<(?=[!@#/:])")
# Letters that turn the direction of what follows them.
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9\-._~:/?#@!$&'*+,;=%]*[A-Za-z0-9\-_~/#$&=%]")


@dataclass(frozen=True, slots=True)
class Run:
    """Some text in one manner; `href` is an address with a scheme, of http, https or mailto."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is read. A preformatted one holds a whole block of code, lines and all.

    `prefix` is made of "> ", "- ", "12. " and spaces.
    """

    runs: tuple[Run, ...] = ()
    prefix: str = ""
    preformatted: bool = False

    @property
    def text(self) -> str:
        """Its bare text."""
        return "".join(run.text for run in self.runs)


Write = Callable[[Line], str]


def plain(text: str) -> str:
    """A text as one line without invisible characters."""
    return " ".join(_TURNS.sub("", markdown.clean(text)).split())


def harmless(text: str) -> str:
    """A text that mentions nobody."""
    return _SPECIAL.sub(f"<{_BREAK}", _MENTION.sub(f"@{_BREAK}", text))


def code(text: str) -> str:
    """A text that does not end the code on a line that it stands in."""
    return text.replace("`", "ˋ")


def fenced(text: str) -> str:
    """The same for a block of code."""
    return text.replace("```", f"`{_BREAK}`{_BREAK}`")


def around(said: str, mark: str) -> str:
    """Marks next to the words: with a space between them they would only be stars."""
    inner = said.strip()
    if not inner:
        return said
    before, _inner, after = said.partition(inner)
    return f"{before}{mark}{inner}{mark}{after}"


def address(href: str) -> str:
    """An address in which nothing can be taken for markup or for a mention."""
    for character in '<>|()[]\\"`* ':
        href = href.replace(character, f"%{ord(character):02X}")
    return href if href.startswith("mailto:") else href.replace("@", "%40")


def size(text: str) -> int:
    """UTF-16 code units: no service counts more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """A text of at most `limit` units."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * limit:
        return text
    # Half a character at the end is left out.
    return units[: 2 * (limit - 1)].decode("utf-16-le", "ignore").rstrip() + ELLIPSIS


def lines(text: str) -> list[Line]:
    """A Markdown text, line by line; of what is longer than any service takes, the beginning."""
    return list(_apart(markdown.blocks(cut(_TURNS.sub("", text), _LONGEST))))


def written(all_lines: Sequence[Line], write: Write, limit: int) -> str:
    """The lines as `write` writes them, in at most `limit` units; what was cut ends with an ellipsis."""
    done = ""
    for number, line in enumerate(all_lines, 1):
        longer = f"{done}\n{write(line)}" if done else write(line)
        # What is not the end leaves room for a line that says so.
        if size(longer) > (limit if number == len(all_lines) else limit - 2):
            return _cut_line(done, line, write, limit)
        done = longer
    return done.rstrip()


def _cut_line(done: str, line: Line, write: Write, limit: int) -> str:
    """`done` and as much of one more line as there is room for."""
    text, low, high = line.text, 0, min(len(line.text), limit)

    def with_first(number: int) -> str:
        shorter = replace(line, runs=(Run(text[:number].rstrip() + ELLIPSIS),))
        return f"{done}\n{write(shorter)}" if done else write(shorter)

    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(with_first(middle)) <= limit else (low, middle - 1)
    made = with_first(low)
    return made if size(made) <= limit else f"{done}\n{ELLIPSIS}".strip()


def shortened(all_lines: Sequence[Line], limit: int) -> list[Line]:
    """As many of the lines as have at most `limit` units, the last one cut."""
    kept: list[Line] = []
    for line in all_lines:
        if size(line.text) > limit:
            return [*kept, replace(line, runs=(Run(cut(line.text, max(limit, 2))),))]
        limit -= size(line.text) + 1
        kept.append(line)
    return kept


def _apart(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Line]:
    """Blocks with an empty line between them."""
    for number, node in enumerate(nodes):
        if number:
            yield Line()
        yield from _block(node)


def _block(node: SyntaxTreeNode) -> Iterator[Line]:
    if node.type in ("bullet_list", "ordered_list"):
        yield from _items(node)
    elif node.type == "blockquote":
        yield from (replace(line, prefix=f"> {line.prefix}") for line in _apart(node.children))
    elif node.type in ("fence", "code_block"):
        yield Line((Run(node.content.rstrip("\n")),), preformatted=True)
    elif node.type == "hr":
        yield Line((Run("———"),))
    else:
        yield from _paragraph(node, bold=node.type == "heading")


def _items(node: SyntaxTreeNode) -> Iterator[Line]:
    first, ordered = int(node.attrs.get("start", 1)), node.type == "ordered_list"
    for number, item in enumerate(node.children, first):
        mark = f"{number}. " if ordered else "- "
        for each, line in enumerate(line for child in item.children for line in _block(child)):
            yield replace(line, prefix=(" " * len(mark) if each else mark) + line.prefix)


def _paragraph(node: SyntaxTreeNode, *, bold: bool) -> Iterator[Line]:
    runs: list[Run] = []
    for run in _runs(node.children, Run("", bold=bold)):
        if run.text == "\n":
            yield Line(tuple(runs))
            runs = []
        else:
            runs.append(run)
    yield Line(tuple(runs))


def _runs(nodes: Sequence[SyntaxTreeNode], manner: Run) -> Iterator[Run]:
    for node in nodes:
        if node.type in ("softbreak", "hardbreak"):
            yield Run("\n")
        elif node.type == "strong":
            yield from _runs(node.children, replace(manner, bold=True))
        elif node.type == "em":
            yield from _runs(node.children, replace(manner, italic=True))
        elif node.type == "link":
            href = str(node.attrs.get("href", ""))
            yield from (
                _runs(node.children, replace(manner, href=href))
                if node.children
                else [replace(manner, text=href, href=href)]
            )
        elif node.type == "code_inline":
            yield replace(manner, text=node.content, code=True)
        elif node.children:
            yield from _runs(node.children, manner)
        else:
            yield from _linked(replace(manner, text=node.content))


def _linked(run: Run) -> Iterator[Run]:
    """A run with the addresses in it as links."""
    if run.href:
        yield run
        return
    end = 0
    for match in _URL.finditer(run.text):
        yield from _unless_empty(replace(run, text=run.text[end : match.start()]))
        yield replace(run, text=match[0], href=match[0])
        end = match.end()
    yield from _unless_empty(replace(run, text=run.text[end:]))


def _unless_empty(run: Run) -> Iterator[Run]:
    if run.text:
        yield run
