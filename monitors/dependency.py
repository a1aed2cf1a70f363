"""Who is behind whom: a monitor that is down behind one that is down is told as unknown.

Pure. What a monitor makes of itself is never changed by others: only what is told of it. From each turn on,
its own or one above, it is told what is known of all by then.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from monitors.state import Judgement, Verdict
from monitors.watched import Above, Watched


def chain(monitor_id: int, behind: Mapping[int, int]) -> tuple[int, ...]:
    """All that a monitor is behind, the nearest first, by what each is behind.

    A monitor that is behind itself, by whatever way, stands alone: none in a circle explains another.
    """
    found: dict[int, None] = {}
    above = behind.get(monitor_id)
    while above is not None and above not in found:
        if above == monitor_id:
            return ()
        found[above] = None
        above = behind.get(above)
    return tuple(found)


def explain(monitors: Mapping[int, Watched]) -> None:
    """Sets what is told of each locked monitor, and which one above it explains that it is down.

    The others that they are behind must be locked too where they turned.
    """
    for monitor in monitors.values():
        above = [monitors.get(each.id, each) for each in monitor.above]
        monitor.told = _told(monitor, above)
        root = _root(monitor, above)
        monitor.uprooted, monitor.root = root != monitor.root, root


def _told(monitor: Watched, above: Sequence[Watched | Above]) -> list[Judgement]:
    """The turns of what is told, from the first time of which anything may be new."""
    start = _start(monitor, above)
    if start is None or not (above or monitor.moved):
        return list(monitor.turns)
    lines = [each.line for each in above]
    edges = {judgement.since for line in (monitor.line, *lines) for judgement in line}
    told: list[Judgement] = []
    for at in sorted({start, *(edge for edge in edges if edge > start)}):
        verdict = _at(monitor.line, at)
        if verdict == Verdict.DOWN and any(_at(line, at) == Verdict.DOWN for line in lines):
            verdict = Verdict.UNKNOWN
        if verdict is not None and (not told or told[-1].verdict != verdict):
            told.append(Judgement(verdict, at))
    return told


def _start(monitor: Watched, above: Iterable[Watched | Above]) -> datetime | None:
    """From when on it is told anew: since the first turn of all, as far as it is known to be as it is."""
    if monitor.judgement is None:
        return None
    swayed = (each.news for each in above if isinstance(each, Watched) and each.swayed)
    lines = [monitor.turns, *swayed]
    starts = [line[0].since for line in lines if line]
    return min([*starts, *([monitor.moved] if monitor.moved else [])], default=None)


def _at(line: Sequence[Judgement], at: datetime) -> Verdict | None:
    return next((judgement.verdict for judgement in reversed(line) if judgement.since <= at), None)


def _root(monitor: Watched, above: Sequence[Watched | Above]) -> int | None:
    """The farthest above that is down, of a monitor that is down."""
    if monitor.judgement is None or monitor.judgement.verdict != Verdict.DOWN:
        return None
    down = [each.id for each in above if each.line and each.line[-1].verdict == Verdict.DOWN]
    return down[-1] if down else None
