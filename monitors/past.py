"""Spans of a page as they are in the database: what every source said of each component, and since when.

One query, whatever the number of components; times are `instants`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from monitors.instants import SQL
from monitors.spans import Said
from monitors.status import Status

_STATUSES = {status.value: status for status in Status}
# Both of its parts stand in indexes of their own (migration 0010).
_READ = f"""
SELECT c.id, s.source, s.status, first.at, {SQL.format("lower(s.during)")}, {SQL.format("upper(s.during)")}
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
"""  # noqa: S608 (our own words)


@dataclass(slots=True)
class Past:
    """One component: when it was first watched (None: never), and what was said of it meanwhile."""

    since: int | None
    spans: list[Said[int]] = field(default_factory=list)


def read(
    page_id: int, start: datetime, end: datetime | None = None, component_ids: Collection[int] | None = None
) -> dict[int, Past]:
    """Components of a page (all, or some by primary key) with what was said between `start` and `end`."""
    ids = None if component_ids is None else list(component_ids)
    found: dict[int, Past] = {}
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"start": start, "end": end, "page": page_id, "ids": ids})
        # All at once: one by one each would pass through two layers.
        rows = cursor.fetchall()
    for id_, source, status, first, since, until in rows:
        past = found.get(id_)
        if past is None:
            past = found[id_] = Past(first)
        if source is not None:
            past.spans.append((source, _STATUSES[status], since, until))
    return found


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
