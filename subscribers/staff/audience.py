"""For how many people a notice would be, by channel: counted as the notice itself would choose them.

A count is shared for some seconds and gives up rather than hold up a form: None then.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import OperationalError, connection, transaction

from monitors.models import Page
from subscribers.channels import CHANNELS
from subscribers.outbox import CONCERNED

FRESH = 20  # seconds
PATIENCE = "2s"
_COUNT = f"SELECT s.channel, count(*) FROM subscribers_subscriber s WHERE {CONCERNED} GROUP BY s.channel"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Heard:
    """One channel; `label` is a message id."""

    channel: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody whom a notice would reach."""

    channels: tuple[Heard, ...]

    @property
    def number(self) -> int:
        """On all channels together."""
        return sum(each.number for each in self.channels)


def audience(page: Page, subject: str, component_ids: Collection[int]) -> Audience | None:
    """Who would hear of a subject or of components (primary keys); None where counting takes too long."""
    ids = sorted(component_ids)
    key = f"audience:{page.pk}:{subject}:{','.join(map(str, ids))}"
    found: Audience | None = cache.get(key) if len(key) < 200 else None
    if found is None:
        found = _count(page, subject, ids)
        if found is not None and len(key) < 200:
            cache.set(key, found, FRESH)
    return found


def _count(page: Page, subject: str, component_ids: list[int]) -> Audience | None:
    values: dict[str, Any] = {
        "page": page.pk,
        "subject": subject,
        "components": component_ids,
        "channels": list(CHANNELS),
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [PATIENCE])
            cursor.execute(_COUNT, values)
            numbers = dict(cursor.fetchall())
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if "statement timeout" in str(error):
            return None
        raise
    return Audience(
        tuple(
            Heard(name, channel.label, numbers[name]) for name, channel in CHANNELS.items() if name in numbers
        )
    )
