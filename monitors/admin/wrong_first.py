"""The list of monitors: what is wrong now stands above, in words, whatever their number.

It costs the same few queries for ten monitors as for ten thousand.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from monitors import evidence, looks, regions, standing
from monitors.admin.filters import RegionFilter, StandingFilter, TagFilter, standing_choices
from monitors.models import Monitor
from monitors.on_page import OnPageAdmin

# Of a page: what a list has no use for, pictures and what is secret.
HEAVY = ("page__logo", "page__favicon", "page__dead_man_url", "page__password")
FILTERS = {"state", "kind", "tag", "region", "page"}
UNREAD = ("secrets", "page__legal_en", "page__legal_fr", "page__links", *HEAVY)


class WrongFirstList(ChangeList):
    """Rows with the facts of their failures, and how many stand how."""

    def _get_default_ordering(self) -> list[str]:
        """What the query says: no column has it."""
        return []

    def get_results(self, request: HttpRequest) -> None:
        """What the rows say, read at once for all that are shown."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        evidence.attach(self.result_list)
        self.standings = list(standing_choices(self, standing.counted(self._of_any_standing(request))))

    def _of_any_standing(self, request: HttpRequest) -> QuerySet[Monitor]:
        """What is asked for but for how they stand; the filters have read their choices already."""
        found = self.root_queryset
        for spec in self.filter_specs:
            if not isinstance(spec, StandingFilter):
                chosen = spec.queryset(request, found)
                found = found if chosen is None else chosen
        return self.model_admin.get_search_results(request, found, self.query)[0]


class WrongFirst(OnPageAdmin):
    """A list of monitors that answers "what is wrong now"."""

    list_display = ["name", "state", "watches", "page"]
    list_filter = [StandingFilter, "kind", TagFilter, RegionFilter, "page"]
    list_select_related = ["page", "verdict", "verdict__root"]
    sortable_by = ["name"]
    search_help_text = _("A part of the name, of what is watched, or of a tag.")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    class Media:
        css = {"all": ["admin-statuspage/monitors.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With what each region last saw, the worst first, and there what began last."""
        found = standing.with_standing(super().get_queryset(request))
        found = found.select_related("page", "verdict", "verdict__root").defer(*UNREAD)
        found = found.prefetch_related("region_verdicts")
        return found.order_by("urgency", F("verdict__since").desc(nulls_last=True), "name", "pk")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Who may not read the settings cannot find out what is in them either."""
        return ("name", "tags", "config") if self.has_change_permission(request) else ("name", "tags")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What the filters ask for alone: Django lets anybody who looks guess at any column."""
        return lookup.partition("__")[0] in FILTERS and super().lookup_allowed(lookup, value, request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list with the standings above."""
        return WrongFirstList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Named by what it lists, with what this person may do beside it."""
        may: dict[str, Any] = {
            "title": capfirst(str(self.opts.verbose_name_plural)),
            "may_add": self.has_add_permission(request),
            "unwitnessed": regions.without_witnesses(),
        }
        return super().changelist_view(request, may | (extra_context or {}))

    @admin.display(description=_("status"))
    def state(self, monitor: Monitor) -> SafeString:
        """What it says and since when, and what it last saw."""
        return looks.state(monitor)

    @admin.display(description=_("watches"))
    def watches(self, monitor: Monitor) -> str:
        """What is watched."""
        return looks.watches(monitor)
