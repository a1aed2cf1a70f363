"""For how many people a notice would be, by channel: counted as the notice itself would choose them.

A count is shared for some seconds and never holds up a form: of hundreds of thousands a sample is counted.
"""

from collections.abc import Collection
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.core.cache import cache
from django.db import OperationalError, connection, transaction

from monitors.models import Page
from subscribers.channels import CHANNELS
from subscribers.outbox import CONCERNED

FRESH = 20  # seconds
# Milliseconds for counting everybody, one channel after the other, and for a sample of those that are left.
PATIENCE = 150
SAMPLE_PATIENCE = 500
# Subscribers in a sample.
SAMPLE = 20_000
_COUNT = f"SELECT s.channel, count(*) FROM subscribers_subscriber s WHERE {CONCERNED} GROUP BY s.channel"  # noqa: S608
_SAMPLE = _COUNT.replace(" s WHERE", " s TABLESAMPLE SYSTEM (%(percent)s) WHERE")
_THERE = "SELECT '', greatest(reltuples, 1) FROM pg_class WHERE oid = 'subscribers_subscriber'::regclass"


@dataclass(frozen=True, slots=True)
class Heard:
    """One channel; `label` is a message id. `about`: estimated."""

    channel: str
    label: str
    number: int
    about: bool = False


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody whom a notice would reach."""

    channels: tuple[Heard, ...]

    @property
    def number(self) -> int:
        """On all channels together."""
        number = sum(each.number for each in self.channels)
        return _rounded(number) if self.about else number

    @property
    def about(self) -> bool:
        """Whether some of it is an estimate."""
        return any(each.about for each in self.channels)


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
    values: dict[str, Any] = {"page": page.pk, "subject": subject, "components": component_ids}
    counted: dict[str, int] = {}
    left = set(CHANNELS)
    until = monotonic() + PATIENCE / 1000
    for name in CHANNELS:
        found = _numbers(_COUNT, {**values, "channels": [name]}, round((until - monotonic()) * 1000))
        if found is not None:
            counted |= found
            left.remove(name)
    estimated, whole = _sample({**values, "channels": sorted(left)}) if left else ({}, True)
    if estimated is None:
        return None
    numbers = counted | estimated
    return Audience(
        tuple(
            Heard(name, channel.label, numbers[name], name in estimated and not whole)
            for name, channel in CHANNELS.items()
            if numbers.get(name)
        )
    )


def _sample(values: dict[str, Any]) -> tuple[dict[str, int] | None, bool]:
    """From a part of the table, read here and there, and whether that was all of it.

    None where even that takes too long.
    """
    there = (_numbers(_THERE, {}, SAMPLE_PATIENCE) or {"": 1})[""]
    percent = min(100.0, SAMPLE * 100 / there)
    found = _numbers(_SAMPLE, {**values, "percent": percent}, SAMPLE_PATIENCE)
    whole = percent == 100
    if found is None or whole:
        return found, whole
    return {name: _rounded(round(number * 100 / percent)) for name, number in found.items()}, whole


def _numbers(statement: str, values: dict[str, Any], patience: int) -> dict[str, int] | None:
    """By channel; None where it takes longer than so many milliseconds."""
    if patience <= 0:
        return None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(patience)])
            cursor.execute(statement, values)
            numbers = {name: int(number) for name, number in cursor.fetchall()}
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if "statement timeout" in str(error):
            return None
        raise
    return numbers


def _rounded(number: int) -> int:
    """To two figures: an estimate says no more."""
    return round(number, min(0, 2 - len(str(number))))
