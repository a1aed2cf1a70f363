"""The sums behind uptime as CSV (RFC 4180): a line for every interval, exact, in no language. Pure.

Adding up `counted` and `lost` of the lines of a figure gives its digits. Nothing in it needs quotes.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from monitors.proving.proof import Row, Sum
from statuspage.snapshot import ComponentState, Documents

RUNNING, CLOSED = "sum.csv", "months.csv"
_HEAD = ("start", "end", "seconds", "status", "weight", "counted", "lost")
# What adds up a column of a file exactly: bc cuts, and never rounds.
_COMMAND = """awk -F, '{picked}{{print "c+="$6";l+="$7}}END{{print "scale=3;100*(c-l)/c"}}' {name} | bc"""


def files(changed: Documents) -> Iterator[tuple[str, bytes]]:
    """The files of the components whose sums are made anew."""
    sums, closed = dict(changed.sums), dict(changed.closed)
    for component in changed.components:
        if component.id in sums:
            yield _path(component, RUNNING), _running(sums[component.id])
        if component.id in closed:
            yield _path(component, CLOSED), _closed(closed[component.id])


def rows(sums: Iterable[Sum]) -> list[Row]:
    """The rows that some sums share, each once, the earliest first."""
    found = {row.start: row for each in sums for row in each.rows}
    return [found[start] for start in sorted(found)]


def holds(each: Sum, row: Row) -> bool:
    """Whether a row counts to a sum."""
    return each.start <= row.start and row.end <= each.end


def running_command(sums: Sequence[Sum], key: str) -> str:
    """A line for a terminal that prints the digits of one of these sums from their file."""
    column = len(_HEAD) + 1 + [each.key for each in sums].index(key)
    return _COMMAND.format(picked=f"${column}==1", name=RUNNING)


def closed_command(key: str) -> str:
    """The same for a closed month."""
    return _COMMAND.format(picked=f'${len(_HEAD) + 1}=="{key}"', name=CLOSED)


def _path(component: ComponentState, name: str) -> str:
    return f"components/{component.slug}/{name}"


def _running(sums: Sequence[Sum]) -> bytes:
    lines = ((*_cells(row), *("01"[holds(each, row)] for each in sums), row.source) for row in rows(sums))
    return _written([(*_HEAD, *(each.key for each in sums), "source"), *lines])


def _closed(sums: Sequence[Sum]) -> bytes:
    """The newest month first, in each the earliest interval."""
    lines = ((*_cells(row), each.key, row.source) for each in sums for row in each.rows)
    return _written([(*_HEAD, "month", "source"), *lines])


def _cells(row: Row) -> tuple[str, ...]:
    weight = "" if row.weight is None else _plain(row.weight)
    numbers = (_plain(row.counted), _plain(row.lost))
    return (_moment(row.start), _moment(row.end), _plain(row.seconds), row.status.value, weight, *numbers)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _written(lines: Iterable[Sequence[str]]) -> bytes:
    return "".join(f"{','.join(line)}\r\n" for line in lines).encode()
