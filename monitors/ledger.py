"""The rows of spans: what each source says of each component, cut and continued in bulk.

Only `record` calls it. Whatever was said of a component by a source from a given time on is
replaced as a whole, so that two spans of one source can never overlap.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from monitors.spans import SpanValue
from monitors.status import Status

Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """From `at` on, `source` says `status` of a component; None: it says nothing any more."""

    component_id: int
    source: str
    at: datetime
    status: Status | None


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    span: SpanValue


def write(entries: Iterable[Entry]) -> set[int]:
    """Writes the entries and returns the components of which anything changed.

    Several entries of one source and component follow each other by `at`; the first replaces
    everything from its time on. The caller keeps other writers of the same sources away and makes
    sure that the components exist.
    """
    wanted: dict[Key, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: entry.at):
        wanted[entry.component_id, entry.source].append(entry)
    if not wanted:
        return set()
    present = _around({key: entries[0].at for key, entries in wanted.items()})
    old: list[int] = []
    new: list[tuple[int, SpanValue]] = []
    changed = set()
    for key, following in wanted.items():
        spans = _continued([row.span for row in present[key]], following)
        if spans != [row.span for row in present[key]]:
            old += [row.id for row in present[key]]
            new += [(key[0], span) for span in spans]
            changed.add(key[0])
    _replace(old, new)
    return changed


def _around(cuts: dict[Key, datetime]) -> dict[Key, list[_Row]]:
    """What is said from each cut on, and just before it: a span that ends there may go on."""
    rows: dict[Key, list[_Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.id, s.component_id, s.source, s.status, lower(s.during), upper(s.during)
            FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS cut (component_id, source, at)
            JOIN monitors_span s ON s.component_id = cut.component_id AND s.source = cut.source
                AND s.during && tstzrange(cut.at - interval '1 microsecond', NULL)
            ORDER BY lower(s.during)""",
            [[key[0] for key in cuts], [key[1] for key in cuts], list(cuts.values())],
        )
        for id_, component_id, source, status, start, end in cursor:
            rows[component_id, source].append(_Row(id_, SpanValue(source, Status(status), start, end)))
    return rows


def _continued(present: Sequence[SpanValue], entries: Sequence[Entry]) -> list[SpanValue]:
    """What was said before the first entry, then the entries; equal neighbours joined."""
    cut = entries[0].at
    steps: list[tuple[datetime, Status | None]] = [(entry.at, entry.status) for entry in entries]
    steps[:0] = [(span.start, span.status) for span in present if span.start < cut]
    spans: list[SpanValue] = []
    for number, (start, status) in enumerate(steps):
        end = steps[number + 1][0] if number + 1 < len(steps) else None
        if status is None or start == end:
            continue
        if spans and spans[-1].status == status and spans[-1].end == start:
            start = spans.pop().start
        spans.append(SpanValue(entries[0].source, status, start, end))
    return spans


def _replace(old: Collection[int], new: Sequence[tuple[int, SpanValue]]) -> None:
    with connection.cursor() as cursor:
        if old:
            cursor.execute("DELETE FROM monitors_span WHERE id = ANY(%s)", [list(old)])
        if new:
            cursor.execute(
                """INSERT INTO monitors_span (component_id, source, status, during)
                SELECT c, so, st, tstzrange(s, e) FROM unnest(
                    %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[]
                ) AS new (c, so, st, s, e)""",
                [
                    [component_id for component_id, _span in new],
                    [span.source for _component_id, span in new],
                    [span.status.value for _component_id, span in new],
                    [span.start for _component_id, span in new],
                    [span.end for _component_id, span in new],
                ],
            )


def open_spans(
    *, component_ids: Collection[int] | None = None, source: str | None = None
) -> dict[Key, Status]:
    """The spans still open of some components, of one source, or both."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT component_id, source, status FROM monitors_span WHERE upper_inf(during)
            AND (%(ids)s::bigint[] IS NULL OR component_id = ANY(%(ids)s))
            AND (%(source)s::text IS NULL OR source = %(source)s)""",
            {"ids": None if component_ids is None else list(component_ids), "source": source},
        )
        return {(component_id, source): Status(status) for component_id, source, status in cursor}


def last_declared(component_ids: Collection[int]) -> dict[int, Status]:
    """What staff last declared of each component, where they ever did."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT ON (component_id) component_id, status FROM monitors_span
            WHERE component_id = ANY(%s) AND source = 'staff'
            ORDER BY component_id, lower(during) DESC""",
            [list(component_ids)],
        )
        return {component_id: Status(status) for component_id, status in cursor}
