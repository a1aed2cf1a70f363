"""Spans of a page as they are in the database: what every source said of each component, and since when.

One query, whatever the number of components; times are `instants`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db import connection

from monitors.instants import SQL
from monitors.spans import Said
from monitors.status import Status

_STATUSES = {status.value: status for status in Status}
# Both of its parts stand in indexes of their own (migration 0010).
_READ = f"""
SELECT c.id, first.at, array_agg(s.source), array_agg(s.status),
    array_agg({SQL.format("lower(s.during)")}), array_agg({SQL.format("upper(s.during)")})
FROM monitors_component c
LEFT JOIN LATERAL (
    SELECT {SQL.format("lower(f.during)")} AS at FROM monitors_span f
    WHERE f.component_id = c.id AND (f.source = 'staff' OR f.source LIKE 'monitor:%%')
    ORDER BY lower(f.during) LIMIT 1
) first ON true
LEFT JOIN monitors_span s ON s.component_id = c.id
    AND coalesce(upper(s.during), 'infinity'::timestamptz) > %(start)s
    AND (%(end)s::timestamptz IS NULL OR lower(s.during) < %(end)s)
WHERE c.page_id = %(page)s AND (%(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s))
GROUP BY c.id, first.at
"""  # noqa: S608 (our own words)


@dataclass(frozen=True, slots=True)
class Past:
    """One component: when it was first watched (None: never), and what was said of it meanwhile.

    A list for each part of what was said: a tuple for each of a thousand components' spans would keep the
    garbage collector busy for longer than it takes to reckon with them.
    """

    since: int | None
    sources: Sequence[str] = ()
    statuses: Sequence[Status] = ()
    starts: Sequence[int] = ()
    ends: Sequence[int | None] = ()

    @classmethod
    def of(cls, since: int | None, spans: Iterable[Said[int]]) -> Self:
        """The past in which this was said."""
        said = list(spans)
        return cls(since, *map(list, zip(*said, strict=True))) if said else cls(since)

    @property
    def spans(self) -> list[Said[int]]:
        """What was said, in no order."""
        return list(zip(self.sources, self.statuses, self.starts, self.ends, strict=True))


def read(
    page_id: int, start: datetime, end: datetime | None = None, component_ids: Collection[int] | None = None
) -> dict[int, Past]:
    """Components of a page (all, or some by primary key) with what was said between `start` and `end`."""
    ids = None if component_ids is None else list(component_ids)
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"start": start, "end": end, "page": page_id, "ids": ids})
        return {id_: _past(since, *said) for id_, since, *said in cursor.fetchall()}


def _past(
    since: int | None, sources: list[str], statuses: list[str], starts: list[int], ends: list[int | None]
) -> Past:
    # Nothing was said: the one row of the join is empty.
    if sources[0] is None:
        return Past(since)
    return Past(since, sources, [_STATUSES[status] for status in statuses], starts, ends)


def last_change(page_id: int, after: datetime, now: datetime) -> datetime | None:
    """When anything last changed on a page, if that was after `after` and is not to come. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT max(edge.at) FROM monitors_span s JOIN monitors_component c ON c.id = s.component_id,
                LATERAL (VALUES (lower(s.during)), (upper(s.during))) AS edge (at)
            WHERE c.page_id = %(page)s AND edge.at > %(after)s AND edge.at <= %(now)s
            AND coalesce(upper(s.during), 'infinity'::timestamptz) > %(after)s""",
            {"page": page_id, "after": after, "now": now},
        )
        found: tuple[datetime | None] | None = cursor.fetchone()
    return found[0] if found else None
