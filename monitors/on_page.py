"""What the admin's screens of things on a page share: they stay there, and feed each other."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from monitors.forms.long_select import lengthened
from monitors.forms.monitors import FeedFormSet
from monitors.models import Feed, Page
from monitors.showing import AS_ON_THE_PAGE


class LookingAdmin(admin.ModelAdmin[Any]):
    """Whoever may look and not change sees what `looked_at` names: no input, and nothing secret."""

    looked_at: tuple[str, ...]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of it for those who may change it."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return [(None, {"fields": self.looked_at})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Our own form would look for its inputs."""
        if obj is not None and not self.has_change_permission(request, obj):
            kwargs["form"] = ModelForm
        return super().get_form(request, obj, change=change, **kwargs)


class OnPageAdmin(LookingAdmin):
    """Something that belongs to a page, and stays on it."""

    list_select_related = ["page"]
    list_per_page = 100

    class Media:
        css = {"all": ["admin-statuspage/lists.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without what belongs to a drill."""
        return super().get_queryset(request).filter(page__hidden=False)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """What is on a page stays there: its history is that page's."""
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "page"] if obj else fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The first page, where nothing else is said: mostly there is only one."""
        return {
            "page": Page.objects.values_list("pk", flat=True).first(),
            **super().get_changeform_initial_data(request),
        }


def bare(field: Any) -> Any:
    """A choice and nothing around it: there is no room for more on a phone."""
    if isinstance(field.widget, RelatedFieldWidgetWrapper):
        field.widget = field.widget.widget
    return field


class FeedInline(admin.StackedInline[Feed, Any]):
    """What feeds what, with which impact."""

    model = Feed
    formset = FeedFormSet
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feed]:
        """With what each is called by."""
        found = super().get_queryset(request).select_related("monitor", "component")
        return found.defer("monitor__secrets")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Remembers whose feeds they are while its choices are built."""
        request.feeds_of = obj  # type: ignore[attr-defined]
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(
        self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        """Only what is on the same page."""
        owner = getattr(request, "feeds_of", None)
        if owner is not None:
            rows = db_field.remote_field.model._default_manager.filter(page=owner.page_id)
            # Thousands of monitors: their names are asked for, not their secrets.
            monitors = db_field.name == "monitor"
            kwargs["queryset"] = rows.only("name", "page") if monitors else rows.order_by(*AS_ON_THE_PAGE)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Nothing around it."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is None:
            return None
        return lengthened(bare(field)) if db_field.name == "monitor" else bare(field)


class MonitorFeeds(FeedInline):
    """The components that a monitor feeds."""

    fields = ["component", "impact"]
    verbose_name = _("component")
    verbose_name_plural = _("components that this monitor feeds")


class ComponentFeeds(FeedInline):
    """The monitors that feed a component."""

    fields = ["monitor", "impact"]
    verbose_name = _("monitor")
    verbose_name_plural = _("monitors that feed this component")
