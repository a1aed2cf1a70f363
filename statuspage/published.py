"""What readers of each page get: how old it is, at every place that it is published to."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from statuspage.take import GOOD_FOR


@dataclass(frozen=True, slots=True)
class Shown:
    """What a place shows of a page, by its domain; `target` is empty for the application itself.

    `made_at` is when that was made: None where nothing was published yet.
    """

    page: str
    target: str
    made_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Whether it is not older than it says that it may be."""
        return self.made_at is not None and now <= self.made_at + GOOD_FOR


def shown() -> list[Shown]:
    """Every place of every page that everybody may read."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT p.domain, '', (
                SELECT generated_at FROM statuspage_release r
                WHERE r.page_id = p.id AND generated_at IS NOT NULL ORDER BY sequence DESC LIMIT 1
            )
            FROM monitors_page p WHERE p.access = 'public' AND NOT p.hidden
            UNION ALL
            SELECT p.domain, t.name, r.generated_at
            FROM monitors_page p JOIN statuspage_target t ON t.page_id = p.id AND t.enabled
            LEFT JOIN statuspage_release r ON r.page_id = p.id AND r.sequence = t.sequence
            WHERE p.access = 'public' AND NOT p.hidden
            ORDER BY 1, 2"""
        )
        return [Shown(*row) for row in cursor]
