"""Tables as CSV: read line by line whatever wrote them, and written so that no spreadsheet runs a cell. Pure.

A line that cannot be read is an error of that line alone, and no line takes more memory than it may have.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from monitors.reasons import N_

# In characters; the longest address has 2,000.
MAX_LINE = 20_000
MAX_CELLS = 100
SEPARATORS = ",;\t"
# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV injection"), also in full width.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_CHUNK = 65_536
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Excel's own first line, naming the separator.
_SEP = re.compile(r"sep=([,;\t|])$", re.IGNORECASE)


class LineError(ValueError):
    """A line that is no row; the sentence is a message id."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a sheet: its number as an editor counts, and its cells or what is wrong with it."""

    number: int
    cells: tuple[str, ...] = ()
    problem: str = ""


TOO_LONG = N_("This line is too long.")
TOO_MANY_CELLS = N_("This line has too many columns.")
QUOTES = N_("A quotation mark on this line is opened and not closed, or closed too early.")
UNREADABLE = N_("This line has characters in it that no text has.")


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: one apostrophe in front where it could."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def plain(cell: str) -> str:
    """A cell as it was before safe()."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell


def written(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows as lines of CSV, each cell quoted, one line each whatever is in them."""
    line = io.StringIO()
    writer = csv.writer(line, quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([safe(" ".join(cell.splitlines())) for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def encoding_of(file: BinaryIO) -> str:
    """What a file is written in: what its first bytes say, else UTF-8 if all of it is, else Windows-1252."""
    file.seek(0)
    start = file.read(4)
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        # Latin-1 and the quotation marks that Windows adds to it.
        return "cp1252"
    return "utf-8"


def lines(file: BinaryIO, encoding: str) -> Iterator[Line]:
    """The lines of a file that are not empty, split where its first line says."""
    separator = ""
    for number, text in _texts(file, encoding):
        if text is None:
            yield Line(number, problem=TOO_LONG)
        elif not separator and (said := _SEP.match(text.strip("\r\n"))):
            separator = said[1]
        elif text.strip(" \t\r\n" + SEPARATORS + '"'):
            separator = separator or separator_of(text)
            yield _line(number, text, separator)


def separator_of(text: str) -> str:
    """The separator that makes the most cells of a line."""
    return max(SEPARATORS, key=lambda each: len(_split(text, each, strict=False)))


def _texts(file: BinaryIO, encoding: str) -> Iterator[tuple[int, str | None]]:
    """Each line with its number; None instead of one that is too long."""
    file.seek(0)
    reader = io.TextIOWrapper(file, encoding, errors="replace", newline=None)
    number, whole = 0, True
    try:
        while text := reader.readline(MAX_LINE + 1):
            ended = text.endswith("\n") or len(text) <= MAX_LINE
            if whole:
                number += 1
                yield number, text if ended else None
            whole = ended
    finally:
        # Not ours to close.
        reader.detach()


def _line(number: int, text: str, separator: str) -> Line:
    try:
        if any(letter < " " and letter not in "\t\r\n" for letter in text) or "\ufffd" in text:
            raise LineError(UNREADABLE)
        cells = _split(text, separator)
        if len(cells) > MAX_CELLS:
            raise LineError(TOO_MANY_CELLS)
    except LineError as error:
        return Line(number, problem=str(error))
    return Line(number, tuple(plain(cell.strip(" \u00a0")) for cell in cells))


def _split(text: str, separator: str, *, strict: bool = True) -> list[str]:
    try:
        return next(csv.reader([text.rstrip("\r\n")], delimiter=separator, strict=strict), [])
    except csv.Error:
        raise LineError(QUOTES) from None
