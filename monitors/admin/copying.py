"""A copy of a monitor: the form of a new one, filled in; nothing is saved before somebody does.

Its secrets never travel: the form names whose they are, and saving takes them from there.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from monitors.forms.kind_inputs import input_name
from monitors.models import Monitor
from monitors.on_page import OnPageAdmin

COPY = "copy_of"
SAME = ("kind", "interval", "timeout", "confirm_down", "confirm_up", "recheck", "regions", "tags")


class Copying(OnPageAdmin):
    """A form that can begin as another one is."""

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Only who may change a monitor may have another one with its secrets."""
        asked = request.GET.get(COPY) or request.POST.get(COPY)
        if asked and object_id is None and not self.has_change_permission(request):
            raise PermissionDenied
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the other one is set to, but for what is secret."""
        initial = super().get_changeform_initial_data(request)
        source = self.copied(request)
        if source is None:
            return initial
        longest = Monitor._meta.get_field("name").max_length
        name = gettext("Copy of %(name)s") % {"name": source.name}
        settings = {input_name(source.kind, each): value for each, value in source.config.items()}
        same = {each: getattr(source, each) for each in SAME}
        about = {"page": source.page_id, "name": name[:longest], "behind": source.behind_id}
        return {**initial, **settings, **same, **about, COPY: source.pk}

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> Any:
        """With room for what the other one feeds."""
        inlines = super().get_inline_instances(request, obj)
        source = self.copied(request)
        if source is not None:
            for inline in inlines:
                inline.extra = source.feeds.count() + 1
        return inlines

    def get_formset_kwargs(self, request: HttpRequest, obj: Any, inline: Any, prefix: str) -> Any:
        """With what the other one feeds."""
        kwargs: Any = super().get_formset_kwargs(request, obj, inline, prefix)
        source = self.copied(request)
        if source is not None and request.method == "GET":
            kwargs["initial"] = list(source.feeds.values("component", "impact"))
        return kwargs

    def copied(self, request: HttpRequest) -> Monitor | None:
        """Which one, of those that this person may see."""
        asked = request.GET.get(COPY) or request.POST.get(COPY, "")
        if not (asked.isdecimal() and len(asked) < 10) or not request.path.endswith("/add/"):
            return None
        return self.get_queryset(request).filter(pk=asked).first()
