"""Checklists for staff: prepared in quiet times. A change counts for what begins from now on."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from incidents.admin.pages import offer_pages
from incidents.checklists import defaults
from incidents.models import Checklist, ChecklistItem

OFFERS = [("", _("none")), (defaults.SOCIAL, _("texts for social networks"))]


class ItemForm(forms.ModelForm[ChecklistItem]):
    """One thing to do."""

    class Meta:
        model = ChecklistItem
        fields: ClassVar = ["position", "text_en", "text_fr", "role", "minutes", "offers"]
        widgets: ClassVar = {"offers": forms.Select(choices=OFFERS)}


class ItemInline(admin.StackedInline[ChecklistItem, Checklist]):
    """What is on a list, in order."""

    model = ChecklistItem
    form = ItemForm
    extra = 1
    fields = (("position", "minutes"), ("text_en", "text_fr"), ("role", "offers"))


class ChecklistForm(forms.ModelForm[Checklist]):
    """A list of one page, or of all."""

    class Meta:
        model = Checklist
        fields: ClassVar = ["kind", "name_en", "name_fr", "page", "enabled"]
        help_texts: ClassVar = {
            "page": _("A page’s own lists take the place of those of every page."),
            "kind": _("Those for outages open with an incident, those for maintenance with a maintenance."),
            "enabled": _("Turn off what is not to open: the last list of its kind cannot be deleted."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_pages(self)


@admin.register(Checklist)
class ChecklistAdmin(admin.ModelAdmin[Checklist]):
    """The lists, by kind of event."""

    form = ChecklistForm
    inlines = (ItemInline,)
    change_list_template = "admin/incidents/checklist/change_list.html"
    list_display = ("__str__", "kind", "about", "enabled")
    list_select_related = ("page",)
    actions = None

    class Media:
        css: ClassVar = {"all": ["admin-statuspage/lists.css"]}

    def has_delete_permission(self, request: HttpRequest, obj: Checklist | None = None) -> bool:
        """Not the last of a kind that would be made again when it is needed."""
        last = (
            obj is not None
            and obj.kind in defaults.KINDS
            and not Checklist.objects.filter(kind=obj.kind).exclude(pk=obj.pk).exists()
        )
        return not last and super().has_delete_permission(request, obj)

    @admin.display(description=_("page"), ordering="page")
    def about(self, checklist: Checklist) -> str:
        """Which pages it is for."""
        return str(checklist.page) if checklist.page else gettext("Every page")

    def get_urls(self) -> list[URLPattern]:
        """With the button that makes the usual lists."""
        view = self.admin_site.admin_view(require_POST(self.usual_view))
        return [path("usual/", view, name="incidents_checklist_usual"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Says which kinds have no list yet."""
        there = set(Checklist.objects.values_list("kind", flat=True))
        return super().changelist_view(request, {"missing": not there.issuperset(defaults.KINDS)})

    def usual_view(self, request: HttpRequest) -> HttpResponse:
        """Makes the usual list of every kind that has none."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        made = sum(defaults.ensure(kind) for kind in defaults.KINDS)
        if made:
            messages.success(request, gettext("The usual checklists are here: make them yours."))
        return HttpResponseRedirect(reverse("admin:incidents_checklist_changelist"))
