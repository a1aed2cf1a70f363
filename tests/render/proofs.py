"""What is proved of the components in `make`: their days as intervals, with figures and sums of these."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitors.instants import MICROSECOND
from monitors.proving.adding import Flat, alone, together
from monitors.proving.proof import (
    WINDOWS,
    Budget,
    CorrectionValue,
    EntryValue,
    Figure,
    MonthValue,
    Proof,
    Sum,
)
from monitors.status import Status
from monitors.uptime import Weights, coverage_of, millis_of
from statuspage.snapshot import ComponentState, History, Snapshot

WEIGHTS = Weights()
# Intervals of a day with problems begin so late in it (UTC).
FROM = timedelta(hours=9, minutes=14, seconds=7)
DAY = timedelta(days=1)
# So many hours before the end it was that for so many minutes: every kind of line stands on every page.
LATELY = (
    (56, 38, Status.MAJOR_OUTAGE),
    (30, 60, Status.UNDER_MAINTENANCE),
    (20, 5, Status.UNKNOWN),
    (9, 12, Status.PARTIAL_OUTAGE),
    (5, 3, Status.DEGRADED_PERFORMANCE),
)


def make_flat(history: History, sources: Sequence[str]) -> list[Flat]:
    """A year of a component until its history ends: what its days tell, and what it was lately."""
    if history.since is None or history.since >= history.until:
        return []
    found: list[Flat] = []
    at = max(history.since, history.until - timedelta(days=368))
    for start, end, status in sorted((*_wrong(history), *_lately(history.until))):
        start, end = max(start, at), min(end, history.until)
        if start < end:
            found += [(at, start, Status.OPERATIONAL, "monitor:1")] if at < start else []
            found.append((start, end, status, sources[len(found) % len(sources)]))
            at = end
    return [*found, (at, history.until, Status.OPERATIONAL, "monitor:1")] if at < history.until else found


def _wrong(history: History) -> Iterator[tuple[datetime, datetime, Status]]:
    day = datetime.combine(history.first_day, time(), tzinfo=UTC)
    for run in history.runs:
        for number in range(run.days):
            at = day + number * DAY + FROM
            for status, seconds in run.seconds:
                length = timedelta(seconds=min(seconds, 20_000), microseconds=125)
                yield at, at + length, status
                at += length + timedelta(minutes=3)
        day += run.days * DAY


def _lately(until: datetime) -> Iterator[tuple[datetime, datetime, Status]]:
    for hours, minutes, status in LATELY:
        start = until - timedelta(hours=hours)
        yield start, start + timedelta(minutes=minutes), status


def make_sums(flat: list[Flat], until: datetime, zone: str) -> tuple[tuple[Sum, ...], tuple[Sum, ...]]:
    """The sums of rolling windows and the running month, and those of the two months before."""
    month = until.astimezone(ZoneInfo(zone)).date().replace(day=1)
    starts = {"24h": until - DAY} | {
        key: _midnight(until.astimezone(ZoneInfo(zone)).date() - timedelta(days=int(key[:-1]) - 1), zone)
        for key in WINDOWS[1:]
    }
    starts[f"{month:%Y-%m}"] = _midnight(month, zone)
    running = together([_figure(key, start, until) for key, start in starts.items()], flat, WEIGHTS)
    closed = []
    for _number in range(2):
        end, month = month, (month - DAY).replace(day=1)
        between = [_midnight(day, zone) for day in (month, end)]
        inside = [
            (max(start, between[0]), min(stop, between[1]), status, source)
            for start, stop, status, source in flat
            if start < between[1] and stop > between[0]
        ]
        if inside:
            closed.append(alone(f"{month:%Y-%m}", *between, inside, WEIGHTS))
    return running, tuple(closed)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _figure(key: str, start: datetime, end: datetime, sum_: Sum | None = None) -> Figure:
    spent: dict[Status, int] = {}
    for row in sum_.rows if sum_ else ():
        spent[row.status] = spent.get(row.status, 0) + (row.end - row.start) // MICROSECOND
    whole = (end - start) // MICROSECOND
    times = {status: timedelta(microseconds=spent[status]) for status in Status if status in spent}
    return Figure(
        key=key,
        start=start,
        end=end,
        millis=millis_of(spent, WEIGHTS.thousandths()),
        coverage_millis=coverage_of(spent, whole),
        spent=tuple(times.items()),
        unwatched=end - start - sum(times.values(), timedelta()),
    )


def make_told(history: History, running: Sequence[Sum], closed: Sequence[Sum]) -> Proof:
    """What these sums prove, with a promise, and a correction of the newest closed month."""
    weights = (WEIGHTS.major, WEIGHTS.partial, WEIGHTS.degraded)
    kept = Budget(99_900, 2592, 792, 1800, met=True)
    figures = {each.key: _figure(each.key, each.start, each.end, each) for each in (*running, *closed)}
    months = [MonthValue(figures[running[-1].key], False, None, 0, weights, kept)]
    months += [MonthValue(figures[each.key], True, each.end, 1, weights, kept) for each in closed]
    corrections = tuple(_correction(figures[each.key]) for each in closed[:1])
    windows = tuple(figures[key] for key in WINDOWS)
    return Proof(history.since, history.until, windows, tuple(months), kept, corrections)


def _correction(month: Figure) -> CorrectionValue:
    entry = EntryValue(month.key, 99_100, month.millis, 100_000, month.coverage_millis)
    return CorrectionValue(
        id=3,
        start=month.start + 2 * DAY,
        end=month.start + 2 * DAY + timedelta(minutes=41),
        status=Status.OPERATIONAL,
        reason_en="The <probe> asked the wrong server.",
        reason_fr="La sonde interrogeait le mauvais serveur.",
        made_at=month.end + timedelta(hours=9),
        takes_back=None,
        taken_back_by=None,
        entries=(entry,),
    )


def make_proved(snapshot: Snapshot, components: Sequence[ComponentState]) -> dict[str, Any]:
    """What `Documents` hold of the proofs and sums of some components."""
    titles = {f"incident:{each.id}": each.title for each in snapshot.incidents}
    titles |= {f"maintenance:{each.id}": each.title for each in snapshot.maintenances}
    sources = ["monitor:2", *titles, "incident:goneaway0000", "correction:3", "staff"]
    sums = {
        each.id: make_sums(make_flat(each.history, sources), each.history.until, snapshot.page.time_zone)
        for each in components
    }
    return {
        "proofs": tuple((each.id, make_told(each.history, *sums[each.id])) for each in components),
        "sums": tuple((id_, running) for id_, (running, _closed) in sums.items()),
        "closed": tuple((id_, closed) for id_, (_running, closed) in sums.items() if closed),
        "titles": tuple(sorted(titles.items())),
    }
