"""Degraded mode: everything but posting, publishing and telling people rests.

DEGRADED_MODE in the environment turns it on for good, the one row of Essentials for a while.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from monitors.models import Essentials

_ROW = 1


@dataclass(frozen=True, slots=True)
class Rest:
    """Since when the rest rests, and who said so; `fixed`: the environment, and nobody can end it here."""

    since: datetime | None = None
    by: str = ""
    fixed: bool = False


def resting() -> Rest | None:
    """Whether only what is essential runs just now; one look at one row."""
    if settings.DEGRADED_MODE:
        return Rest(fixed=True)
    row = Essentials.objects.filter(pk=_ROW, since__isnull=False).first()
    return Rest(row.since, row.by) if row else None


@transaction.atomic
def rest(by: str, now: datetime) -> bool:
    """Turn degraded mode on; False where it was on already: who turned it on first stands there."""
    Essentials.objects.get_or_create(pk=_ROW)
    return bool(Essentials.objects.filter(pk=_ROW, since=None).update(since=now, by=by))


def wake() -> bool:
    """Turn degraded mode off; False where it was off already."""
    return bool(Essentials.objects.filter(pk=_ROW).exclude(since=None).update(since=None, by=""))
