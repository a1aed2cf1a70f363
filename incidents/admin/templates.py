"""Templates for staff: words that are ready before anybody needs them, in each language.

A template says nothing by itself; what its named fields ask for is told beside it.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents import choosing
from incidents.admin.pages import offer_pages
from incidents.composing import fill, starting
from incidents.forms import PROMISES
from incidents.lifecycle import CLOSED, OVER
from incidents.models import Template
from incidents.models.said import incident_statuses, maintenance_statuses
from monitors.models import Page

_TEXTS = ("title", "scope", "body", "workaround")


class TemplateForm(forms.ModelForm[Template]):
    """A template with the status of each component of its page."""

    promise = forms.TypedChoiceField(
        label=capfirst(_("next update promised")),
        choices=[(value or "0", label) for value, label in PROMISES],
        coerce=int,
    )

    class Meta:
        model = Template
        fields: ClassVar = [
            *("kind", "page", "name_en", "name_fr", "status"),
            *(f"{text}_{language}" for text in _TEXTS for language in ("en", "fr")),
            *("impact", "promise", "position"),
        ]
        widgets: ClassVar = {
            name: forms.Textarea(attrs={"rows": 2}) for name in ("workaround_en", "workaround_fr")
        }
        help_texts: ClassVar = {
            "title_en": _("Without a title it is offered for further updates; with one it begins something."),
            "body_en": _(
                "Named fields such as {region} are asked for when the template is used: lower-case letters, "
                "digits and underscores."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_pages(self)
        said = self.instance.components if isinstance(self.instance.components, dict) else {}
        for name in self._controls():
            self.initial[name] = said.get(name.removeprefix(choosing.PREFIX), "")

    def _controls(self) -> list[str]:
        return [name for name in self.fields if name.startswith(choosing.PREFIX)]

    def clean(self) -> dict[str, Any]:
        """A status of its kind, a text in some language, and no more fields than anybody fills in."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        possible = (
            incident_statuses() if cleaned["kind"] == Template.Kind.INCIDENT else maintenance_statuses()
        )
        if cleaned["status"] not in dict(possible):
            self.add_error("status", gettext("There is no such status for this kind."))
        if not any(cleaned.get(name) for name in starting.TEXTS):
            raise ValidationError(gettext("Write at least one of the texts."))
        if cleaned["status"] in (*CLOSED, *OVER):
            cleaned["promise"] = 0
        values = {name.removeprefix(choosing.PREFIX): cleaned.get(name) for name in self._controls()}
        self.instance.components = {id_: value for id_, value in values.items() if value}
        return cleaned


@admin.register(Template)
class TemplateAdmin(admin.ModelAdmin[Template]):
    """What there is to begin with, in the order in which it is offered."""

    form = TemplateForm
    change_list_template = "admin/change_list.html"
    list_display = ("__str__", "kind", "status", "french", "asks", "page", "use")
    list_filter = ("kind",)
    search_fields = ("name_en", "name_fr", "title_en", "title_fr", "body_en", "body_fr")
    list_select_related = ("page",)
    actions = None

    class Media:
        css: ClassVar = {"all": ["admin-statuspage/lists.css"]}

    def get_form(
        self, request: HttpRequest, obj: Template | None = None, change: bool = False, **options: Any
    ) -> type[forms.ModelForm[Template]]:
        """With one control for each component of its page."""
        page = obj.page or _only_page() if obj else None
        controls = {
            choosing.control(component): choosing.status_field(component)
            for component in (choosing.components_of(page) if page else [])
        }
        options["form"] = type("TemplateForm", (TemplateForm,), controls)
        return super().get_form(request, obj, change=change, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Template | None = None) -> Any:
        """What it is, what it says, what it makes of components."""
        names = [str(name) for name in self.get_fields(request, obj)]
        components = [name for name in names if name.startswith(choosing.PREFIX)]
        texts = [name for name in starting.TEXTS if name in names]
        rest = [name for name in names if name not in (*components, *texts)]
        pairs = [tuple(texts[place : place + 2]) for place in range(0, len(texts), 2)]
        sets: list[Any] = [(None, {"fields": rest}), (_("Texts"), {"fields": pairs})]
        return [*sets, (_("Components"), {"fields": components})] if components else sets

    @admin.display(description=_("French"), boolean=True)
    def french(self, template: Template) -> bool:
        """Whether everything that it says in English is there in French, too."""
        return all(
            getattr(template, f"{text}_fr") or not getattr(template, f"{text}_en")
            for text in (*_TEXTS, "name")
        )

    @admin.display(description=_("asks for"))
    def asks(self, template: Template) -> str:
        """Its named fields."""
        return ", ".join(map(fill.words, starting.asked(template)))

    @admin.display(description=_("use it"))
    def use(self, template: Template) -> SafeString | str:
        """The form that begins with it; what continues something is offered there."""
        if not (template.title_en or template.title_fr):
            return ""
        address = reverse(f"admin:incidents_{template.kind}_add")
        query = f"?template={template.pk}" + (f"&page={template.page.public_id}" if template.page else "")
        return format_html('<a href="{}">{}</a>', address + query, gettext("begin"))


def _only_page() -> Page | None:
    pages = list(Page.objects.filter(hidden=False)[:2])
    return pages[0] if len(pages) == 1 else None
