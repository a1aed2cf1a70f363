"""How a monitor stands, as staff ask for it: what is wrong first. One word, from columns alone.

A monitor that is paused stands so whatever it said before; one that nobody heard of yet is not up.
"""

from enum import StrEnum
from typing import Any

from django.db.models import Case, CharField, Count, F, IntegerField, QuerySet, Value, When

from monitors.models import Monitor


class Standing(StrEnum):
    """In the order in which somebody on call wants to see them."""

    DOWN = "down"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"
    NEW = "new"
    UP = "up"
    PAUSED = "paused"


WRONG = (Standing.DOWN, Standing.DEGRADED, Standing.UNKNOWN)


def with_standing(monitors: QuerySet[Monitor]) -> QuerySet[Any]:
    """Monitors with `standing`, and `urgency` to order them by: 0 is the most urgent."""
    said = Case(
        When(enabled=False, then=Value(Standing.PAUSED.value)),
        When(verdict__isnull=True, then=Value(Standing.NEW.value)),
        default=F("verdict__verdict"),
        output_field=CharField(),
    )
    order = [When(standing=each.value, then=Value(number)) for number, each in enumerate(Standing)]
    urgency = Case(*order, default=Value(len(Standing)), output_field=IntegerField())
    return monitors.annotate(standing=said).annotate(urgency=urgency)


def counted(monitors: QuerySet[Any]) -> dict[Standing, int]:
    """How many of the monitors of `with_standing` stand how; none are 0."""
    rows: Any = monitors.order_by().values("standing").annotate(number=Count("pk", distinct=True))
    numbers = {row["standing"]: row["number"] for row in rows}
    return {each: numbers.get(each.value, 0) for each in Standing}
