"""Lines in the Markdown that Discord and Mattermost read. Pure.

A text stays text: what would begin a markup is escaped, and nothing in it is an address of its own.
"""

import re
from collections.abc import Iterable

from subscribers.channels.chat_card import Link
from subscribers.channels.chat_text import Line, Run, address, around, code, cut, fenced, harmless, size

_MARKUP = re.compile(r"[\\`*_~\[\]]")
# What begins a heading, a quote or a list where a line begins.
_START = re.compile(r"^(\s*)([#>+-]|\d+(?=[.)]))")


def line(line: Line) -> str:
    """One line."""
    if line.preformatted:
        return f"```\n{fenced(harmless(line.text))}\n```"
    said = "".join(_run(run) for run in line.runs)
    return line.prefix + (said if line.runs and line.runs[0].href else _START.sub(_escaped_start, said))


def escaped(text: str) -> str:
    """A text without markup and without mentions."""
    # Mattermost makes links of `<address|text>`, as Slack does; both hide what stands between two `||`.
    return _MARKUP.sub(r"\\\g<0>", harmless(text).replace("|", "¦"))


def link(text: str, href: str) -> str:
    """A link; `text` is Markdown already."""
    return f"[{text}]({address(href)})"


def fitting(text: str, limit: int) -> str:
    """A text without markup in at most `limit` units."""
    room = limit
    while size(said := escaped(cut(text, room))) > limit:
        room -= max(1, room // 8)
    return said


def links(given: Iterable[Link], limit: int) -> str:
    """Links beside each other, as many as there is room for."""
    said = ""
    for each in given:
        longer = " · ".join(filter(None, (said, link(escaped(each.text), each.href))))
        said = longer if size(longer) <= limit else said
    return said


def _run(run: Run) -> str:
    if run.href and run.text == run.href:
        said = f"<{address(run.href)}>"
    elif run.href.startswith("mailto:"):
        said = f"{escaped(run.text)} ({escaped(run.href.removeprefix('mailto:'))})"
    else:
        said = f"`{code(harmless(run.text))}`" if run.code else escaped(run.text)
        said = link(said, run.href) if run.href else said
    if run.bold:
        said = around(said, "**")
    return around(said, "*") if run.italic else said


def _escaped_start(match: re.Match[str]) -> str:
    # "1." is a list by its full stop, which is escaped by what stands before it.
    return f"{match[1]}{match[2]}\u200b" if match[2].isdigit() else f"{match[1]}\\{match[2]}"
