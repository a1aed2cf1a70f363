"""Brings a list of subscribers in: first a look at what would become of each line, then all of it or nothing.

Nobody who left, was given up or is suppressed is subscribed by it, and who is there already stays as they
are. It is read line by line, and written some thousands at a time in one transaction.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from monitors import sheets
from monitors.models import Page
from monitors.sheets import Line
from subscribers.asking import ASK_AGAIN
from subscribers.channels.base import Means
from subscribers.lists import newcomers, reading
from subscribers.lists.entries import Entry, Reader
from subscribers.lists.import_file import KEPT, ImportFile
from subscribers.lists.reading import RowError
from subscribers.models import State
from subscribers.signup import HEARS

# Bytes of one file: about 300,000 addresses.
MAX_BYTES = 20_000_000
BATCH = 2_000
# So many lines that are left out are told one by one.
TOLD = 200


class Verdict(StrEnum):
    """What becomes of a line."""

    NEW = gettext_noop("new")
    KNOWN = gettext_noop("already subscribed: stays as it is")
    ASKED = gettext_noop("asked to confirm less than a day ago")
    LEFT = gettext_noop("unsubscribed or disabled here: never subscribed by an import")
    SUPPRESSED = gettext_noop("on the suppression list: never written to")
    ENDED = gettext_noop("has left, says the list")
    UNCONFIRMED = gettext_noop("never confirmed, says the list: can only be asked")
    REPEATED = gettext_noop("more than once in the file")
    INVALID = gettext_noop("not usable")


@dataclass(frozen=True, slots=True)
class Left:
    """A line that is left out, and why; `about` is what of it is meant."""

    line: int
    sentence: str
    about: str = ""


@dataclass(slots=True)
class Report:
    """What became, or would become, of a list."""

    kind: str = ""
    encoding: str = ""
    unused: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    left: list[Left] = field(default_factory=list)
    sample: list[Entry] = field(default_factory=list)

    @property
    def new(self) -> int:
        """How many are brought in."""
        return self.counts[Verdict.NEW]

    @property
    def lines(self) -> int:
        """How many lines there are."""
        return self.counts.total()

    def note(self, entry: Entry, verdict: Verdict) -> None:
        """Count an entry."""
        self.counts[verdict] += 1
        if verdict == Verdict.NEW and len(self.sample) < 5:
            self.sample.append(entry)
        if verdict not in (Verdict.NEW, Verdict.KNOWN):
            self._tell(Left(entry.line, verdict, entry.address))

    def refuse(self, line: int, sentence: str, about: str = "") -> None:
        """Count a line that is no entry."""
        self.counts[Verdict.INVALID] += 1
        self._tell(Left(line, sentence, about[:120]))

    def _tell(self, left: Left) -> None:
        if len(self.left) < TOLD:
            self.left.append(left)


_LOOK = """
SELECT coalesce(s.state, ''), s.ended_at IS NOT NULL, coalesce(s.asked_at, 'epoch'), barred.id IS NOT NULL
FROM unnest(%(channels)s::text[], %(addresses)s::text[]) WITH ORDINALITY AS v (channel, address, n)
LEFT JOIN subscribers_subscriber s
    ON s.page_id = %(page)s AND s.channel = v.channel AND s.address = v.address
LEFT JOIN subscribers_suppression barred ON v.channel = 'email' AND barred.address = v.address
ORDER BY v.n
"""


def look(page: Page, file: BinaryIO, means: Means, now: datetime, *, asks: bool) -> Report:
    """What would become of a file, if each were asked to confirm or not. Raises ListError."""
    report = Report()
    for _batch in _judged(report, page, file, means, now, asks=asks):
        pass
    return report


@transaction.atomic
def bring_in(page: Page, file: BinaryIO, means: Means, now: datetime, *, asks: bool, proof: str) -> Report:
    """Subscribe, or ask, whoever is new; `proof` says how they agreed. Raises ListError."""
    report = Report()
    for batch in _judged(report, page, file, means, now, asks=asks):
        write = newcomers.ask_all if asks else newcomers.subscribe
        came = write(page, batch, proof, now)
        # Somebody else was quicker.
        report.counts[Verdict.NEW] -= len(batch) - came
        report.counts[Verdict.KNOWN] += len(batch) - came
    return report


def _judged(
    report: Report, page: Page, file: BinaryIO, means: Means, now: datetime, *, asks: bool
) -> Iterator[list[Entry]]:
    """Those who are new, some thousands at a time; the rest is written down in the report."""
    report.encoding = sheets.encoding_of(file)
    columns, rows = reading.read(file, report.encoding)
    report.kind, report.unused = columns.kind, columns.unused
    entries = _once(_entries(rows, Reader(page, means), report), report)
    while batch := list(islice(entries, BATCH)):
        if new := _new(page, batch, report, now, asks=asks):
            yield new
    if not report.lines:
        raise reading.ListError(reading.NO_ROWS)


def _entries(rows: Iterable[reading.Row | Line], reader: Reader, report: Report) -> Iterator[Entry]:
    for row in rows:
        if isinstance(row, Line):
            report.refuse(row.number, row.problem)
            continue
        try:
            yield reader.entry(row)
        except RowError as error:
            report.refuse(row.line, str(error), getattr(error, "about", row.address))


def _once(entries: Iterable[Entry], report: Report) -> Iterator[Entry]:
    """Each address once; remembered is a number for each, not the address."""
    seen: set[int] = set()
    for entry in entries:
        mark = hash(entry.key)
        if mark in seen:
            report.note(entry, Verdict.REPEATED)
        else:
            seen.add(mark)
            yield entry


def _new(page: Page, batch: list[Entry], report: Report, now: datetime, *, asks: bool) -> list[Entry]:
    values: dict[str, Any] = {
        "page": page.pk,
        "channels": [entry.channel for entry in batch],
        "addresses": [entry.address for entry in batch],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, values)
        found = cursor.fetchall()
    new = []
    for entry, (state, ended, asked_at, barred) in zip(batch, found, strict=True):
        # Anybody may have typed the address of somebody who left.
        state = State.UNSUBSCRIBED if state == State.PENDING and ended else state
        fresh = state == State.PENDING and asks and asked_at > now - ASK_AGAIN
        verdict = Verdict.ASKED if fresh else _verdict(entry, state, barred=barred, asks=asks)
        report.note(entry, verdict)
        if verdict == Verdict.NEW:
            new.append(entry)
    return new


def _verdict(entry: Entry, state: str, *, barred: bool, asks: bool) -> Verdict:
    if barred:
        return Verdict.SUPPRESSED
    if state in HEARS:
        return Verdict.KNOWN
    if state not in ("", State.PENDING):
        return Verdict.LEFT
    if entry.ended:
        return Verdict.ENDED
    # Whoever only typed their address here is as good as new.
    return Verdict.UNCONFIRMED if entry.confirmed is False and not asks else Verdict.NEW


def forget(now: datetime) -> int:
    """Drop uploads that nobody decided on within a day. Returns how many."""
    return ImportFile.objects.filter(created_at__lte=now - KEPT).delete()[0]
