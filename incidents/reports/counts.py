"""How many reports came for what, hour by hour, beside what is usual: one statement for all pages.

The hours end now. Usual is the mean of the seven days before the last 24 hours.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from monitors.models import Component, Page

HOURS = 24
USUAL_DAYS = 7
USUAL_HOURS = USUAL_DAYS * 24

_COUNT = """
SELECT page_id, component_id,
    least(%(hours)s, floor(extract(epoch FROM %(now)s - created_at) / 3600))::int AS hour, count(*)
FROM incidents_report
WHERE page_id = ANY(%(pages)s) AND created_at <= %(now)s
    AND created_at > %(now)s - make_interval(hours => %(all)s)
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Course:
    """Reports for one component, or for none that was named: 24 hours, the latest last."""

    page: Page
    component: Component | None
    hours: tuple[int, ...]
    usual: float

    @property
    def last_hour(self) -> int:
        """How many came in the 60 minutes up to now."""
        return self.hours[-1]

    @property
    def total(self) -> int:
        """How many came in all 24 hours."""
        return sum(self.hours)

    @property
    def usually(self) -> int:
        """How many come in an hour on other days, rounded."""
        return round(self.usual)


def courses(pages: Collection[Page], now: datetime) -> list[Course]:
    """What was reported in the last 24 hours: most in the last hour first, none without a report."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "hours": HOURS,
                "all": HOURS + USUAL_HOURS,
                "now": now,
                "pages": [page.pk for page in pages],
            },
        )
        rows: list[tuple[int, int | None, int, int]] = cursor.fetchall()
    found = _by_component(rows)
    components = Component.objects.in_bulk([id_ for _page, id_ in found if id_ is not None])
    known = {page.pk: page for page in pages}
    listed = [
        _course(known[page], components.get(id_) if id_ else None, hours)
        for (page, id_), hours in found.items()
        if any(hours.get(hour) for hour in range(HOURS))
    ]
    return sorted(listed, key=lambda course: (-course.last_hour, -course.total, str(course.component or "")))


def _by_component(
    rows: Iterable[tuple[int, int | None, int, int]],
) -> dict[tuple[int, int | None], dict[int, int]]:
    found: dict[tuple[int, int | None], dict[int, int]] = {}
    for page, component, hour, number in rows:
        found.setdefault((page, component), {})[hour] = number
    return found


def _course(page: Page, component: Component | None, hours: dict[int, int]) -> Course:
    latest_last = tuple(hours.get(hour, 0) for hour in reversed(range(HOURS)))
    return Course(page, component, latest_last, hours.get(HOURS, 0) / USUAL_HOURS)


def started(now: datetime, hour: int) -> datetime:
    """When the hour of that place in `Course.hours` began."""
    return now - timedelta(hours=HOURS - hour)
