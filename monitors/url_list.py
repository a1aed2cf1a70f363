"""A list of what to watch, line by line: addresses, and what else its first line names. Pure.

What a list does not say is left open; a line that cannot be read is a problem of that line.
"""

import io
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import cast

from monitors import sheets
from monitors.reasons import N_

MOST = 2_000
# Of the whole list, in bytes: it goes back and forth with the look at it.
MAX_BYTES = 400_000
# What columns are called; all in lower case, with "_" for whatever is no letter and no digit.
NAMES = {
    "url": ("url", "address", "uri", "link", "website", "adresse"),
    "name": ("name", "title", "label", "friendly_name", "nom"),
    "components": ("component", "components", "composant", "composants"),
    "interval": ("interval", "seconds", "check_interval", "intervalle"),
    "timeout": ("timeout",),
    "tags": ("tags", "tag", "labels"),
    "regions": ("regions", "region"),
}
_MEANING = {name: meaning for meaning, names in NAMES.items() for name in names}
NOTHING = N_("The list has no line with an address.")
NO_ADDRESSES = N_(
    "No column of the first line is called “url”. Name the columns in the first line, or write one address "
    "on each line and nothing else."
)
TWICE = N_("Two columns of the first line say the same.")
TOO_MANY = N_("There are more than 2,000 lines: divide the list.")
TOO_LARGE = N_("The list is larger than 400 kB: divide it.")


class ListError(ValueError):
    """What is no list of addresses; the sentence is a message id."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one line says, by the name of each thing; or `problem`, what is wrong with it."""

    line: int
    said: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


def decoded(data: bytes) -> str:
    """A file as text, whatever program wrote it. Raises ListError."""
    if len(data) > MAX_BYTES:
        raise ListError(TOO_LARGE)
    return data.decode(sheets.encoding_of(io.BytesIO(data)), errors="replace").lstrip("\ufeff")


def read(text: str) -> tuple[list[Row], list[str]]:
    """The lines of a list, and the columns that nobody here knows. Raises ListError."""
    data = text.encode(errors="replace")
    if len(data) > MAX_BYTES:
        raise ListError(TOO_LARGE)
    lines = sheets.lines(io.BytesIO(data), "utf-8")
    # Its end is here, whatever is wrong with the list.
    with closing(cast(Generator[sheets.Line, None, None], lines)):
        first = next(lines, sheets.Line(0, problem=NOTHING))
        if first.problem:
            raise ListError(first.problem)
        named = not any("://" in cell for cell in first.cells)
        places, unused = _places(first) if named else ({"url": 0}, [])
        rows = [_row(line, places) for line in islice(lines if named else chain([first], lines), MOST + 1)]
    if not rows:
        raise ListError(NOTHING)
    if len(rows) > MOST:
        raise ListError(TOO_MANY)
    return rows, unused


def _places(first: sheets.Line) -> tuple[dict[str, int], list[str]]:
    places: dict[str, int] = {}
    unused = []
    for number, cell in enumerate(first.cells):
        meaning = _MEANING.get(re.sub(r"[^0-9a-z]+", "_", cell.lower()).strip("_"))
        if meaning is None:
            unused.append(cell)
        elif meaning in places:
            raise ListError(TWICE)
        else:
            places[meaning] = number
    if "url" not in places:
        raise ListError(NO_ADDRESSES)
    return places, [cell for cell in unused if cell]


def _row(line: sheets.Line, places: Mapping[str, int]) -> Row:
    if line.problem:
        return Row(line.number, problem=line.problem)
    cells = {name: line.cells[at] if at < len(line.cells) else "" for name, at in places.items()}
    return Row(line.number, cells)


def parts(cell: str) -> Iterator[str]:
    """The names in a cell, with bars or commas between them."""
    return (part for each in re.split(r"[|,;]", cell) if (part := each.strip()))
