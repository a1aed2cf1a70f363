"""Filters of the list of monitors: how they stand, their tags, where they are checked from."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.db.models.expressions import F, Func
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from monitors.standing import WRONG, Standing

LABELS: dict[Standing, Promise] = {
    Standing.DOWN: _("Down"),
    Standing.DEGRADED: _("Degraded"),
    Standing.UNKNOWN: _("Unknown"),
    Standing.NEW: _("Not checked yet"),
    Standing.UP: _("Up"),
    Standing.PAUSED: _("Paused"),
}
# All that is wrong, whatever it is.
TROUBLE = "wrong"


class StandingFilter(admin.SimpleListFilter):
    """How they stand."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """What is wrong together, then each."""
        return [(TROUBLE, _("What is wrong")), *((each.value, label) for each, label in LABELS.items())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of `with_standing`."""
        if self.value() == TROUBLE:
            return queryset.filter(standing__in=WRONG)
        return queryset.filter(standing=self.value()) if self.value() else queryset


class _EachFilter(admin.SimpleListFilter):
    """One of the texts in a column of several, of those that any row has."""

    column: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Each once."""
        each = Func(F(self.column), function="unnest")
        rows = model_admin.model._default_manager.filter(page__hidden=False)
        names = rows.order_by().annotate(each=each)
        return [(name, name) for name in sorted(set(names.values_list("each", flat=True)))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those that have it."""
        return queryset.filter(**{f"{self.column}__contains": [self.value()]}) if self.value() else queryset


class TagFilter(_EachFilter):
    """By tag."""

    title = _("tag")
    parameter_name = "tag"
    column = "tags"


class RegionFilter(_EachFilter):
    """By where they are checked from; nothing to choose where all have the same."""

    title = _("region")
    parameter_name = "region"
    column = "regions"

    def has_output(self) -> bool:
        """With a choice."""
        return len(self.lookup_choices) > 1


def standing_choices(changes: ChangeList, numbers: dict[Standing, int]) -> Iterator[dict[str, Any]]:
    """What stands above the list: how many stand how, and the link that shows them alone."""
    chosen = changes.params.get(StandingFilter.parameter_name)
    for each, label in LABELS.items():
        yield {
            "standing": each,
            "label": label,
            "number": numbers[each],
            "address": changes.get_query_string({StandingFilter.parameter_name: each.value}, ["p"]),
            "chosen": chosen == each.value,
        }
