"""The audit log in the console: who changed what, when and from where; searched, filtered, taken along."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.templatetags.console import moment
from monitors import clock
from statuspage.models import AuditEntry
from statuspage.people import audit, audit_export, audit_words
from statuspage.people.audited import watched
from subscribers.admin.lists import BoundedPaginator


class WhoFilter(admin.SimpleListFilter):
    """By account; others are searched for by their name."""

    title = gettext_lazy("who")
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Everybody who has an account now."""
        names = User.objects.order_by("username").values_list("username", flat=True)
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Theirs."""
        return queryset.filter(actor=self.value()) if self.value() else queryset


class ActionFilter(admin.SimpleListFilter):
    """By what was done."""

    title = gettext_lazy("what")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """All there are."""
        return list(audit_words.ACTIONS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Those alone."""
        return queryset.filter(action=self.value()) if self.value() else queryset


class ThingFilter(admin.SimpleListFilter):
    """By the table that was changed; with a key behind it, one row of it."""

    title = gettext_lazy("kind")
    parameter_name = "thing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every table that is kept, by its name."""
        named = ((each.table, capfirst(audit_words.thing_of(each.table))) for each in watched())
        return sorted(named, key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Its changes."""
        return queryset.filter(thing=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin[AuditEntry]):
    """Read, and nothing else."""

    list_display = ("when", "who", "origin", "did", "what", "change")
    list_display_links = ("when",)
    list_filter = (WhoFilter, ActionFilter, ThingFilter)
    date_hierarchy = "at"
    list_per_page = 50
    list_max_show_all = 0
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    actions = None
    # Says that there is a search; `audit.found` does it.
    search_fields = ("label",)
    search_help_text = gettext_lazy("Words of who, from where, of what, before or after.")
    change_list_template = "admin/statuspage/audit/list.html"

    class Media:
        css = {
            "all": [
                "admin-statuspage/lists.css",
                "admin-statuspage/subscribers.css",
                "admin-statuspage/people.css",
            ]
        }

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The database adds entries."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        """Nobody."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """With the export."""
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="statuspage_auditentry_export"), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """Each word, anywhere."""
        return audit.found(queryset, search_term), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With the names of what is referred to, for this page of the list alone."""
        changes = super().get_changelist_instance(request)
        shown = list(changes.result_list)
        told, zone = audit_words.changes_of(shown), clock.zone()
        for entry in shown:
            entry.told, entry.zone = told[entry.pk], zone
        changes.result_list = shown
        return changes

    @admin.display(description=gettext_lazy("when"))
    def when(self, entry: Any) -> str:
        """To the minute."""
        return moment(entry.at, entry.zone)

    @admin.display(description=gettext_lazy("who"))
    def who(self, entry: AuditEntry) -> str:
        """Their name; without one, nobody was signed in."""
        return entry.actor or _("the application")

    @admin.display(description=gettext_lazy("what"))
    def did(self, entry: AuditEntry) -> str:
        """In a word."""
        return audit_words.action_of(entry)

    @admin.display(description=gettext_lazy("of what"))
    def what(self, entry: AuditEntry) -> str:
        """Which row of what."""
        return f"{capfirst(audit_words.thing_of(entry.thing))} {entry.label}".strip()

    @admin.display(description=gettext_lazy("before → after"))
    def change(self, entry: Any) -> str:
        """In one line."""
        return audit_words.brief(entry.told)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with its export."""
        context = {"title": capfirst(str(self.opts.verbose_name_plural)), "query": request.GET.urlencode()}
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One entry, in full."""
        entry = self.get_object(request, object_id)
        if entry is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_view_permission(request, entry):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        entry.zone = clock.zone()  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": f"{self.who(entry)}: {self.did(entry)}",
            "opts": self.opts,
            "media": self.media,
            "entry": entry,
            "when": self.when(entry),
            "who": self.who(entry),
            "did": self.did(entry),
            "what": self.what(entry),
            "changes": audit_words.changes_of([entry])[entry.pk],
        }
        return TemplateResponse(request, "admin/statuspage/audit/detail.html", context)

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """What the list shows, with its search and filters, as a file; that it was taken is an entry."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        kind = request.POST.get("format", "csv")
        if kind not in audit_export.FORMATS:
            return HttpResponseBadRequest()
        now = timezone.now()
        try:
            shown = super().get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseBadRequest()
        said = {"format": kind, "query": request.GET.urlencode()}
        own = audit.note("export", now, thing="statuspage_auditentry", said=said)
        content_type, written = audit_export.FORMATS[kind]
        answer = StreamingHttpResponse(
            written(shown.exclude(pk=own.pk)), content_type=f"{content_type}; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="audit-{now:%Y-%m-%d}.{kind}"'
        answer["Cache-Control"] = "no-store"
        return answer
