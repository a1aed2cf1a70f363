"""Groups of components for staff."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from monitors import record
from monitors.admin.telling import tell
from monitors.forms.parts import GroupForm
from monitors.models import Group
from monitors.on_page import OnPageAdmin


@admin.register(Group)
class GroupAdmin(OnPageAdmin):
    """Groups of components."""

    form = GroupForm
    looked_at = ("page", "name_en", "name_fr", "position")
    list_display = ["__str__", "page", "position"]
    list_filter = ["page"]
    search_fields = ["name_en", "name_fr"]

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        """The page shows it."""
        super().save_model(request, obj, form, change)
        tell(obj.page_id)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        """Its components stay, without a group."""
        record.hold(obj.page_id)
        super().delete_model(request, obj)
        tell(obj.page_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        """One after the other."""
        for group in queryset:
            self.delete_model(request, group)
