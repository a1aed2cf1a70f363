"""Forms of groups and components: what staff may save, and which field is wrong.

Every line of text is one visible line.
"""

from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors.branding import clean_tags
from monitors.models import STATUS_LABELS, Component, Group
from monitors.status import IMPACTS, Source, Status
from monitors.text import check_line

M = TypeVar("M", bound=Model)


class LineForm(forms.ModelForm[M], Generic[M]):
    """A form whose texts are single visible lines."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # As Django writes the labels that it takes from models.
            field.label = capfirst(field.label)
            if isinstance(field, forms.CharField) and not isinstance(field, SimpleArrayField):
                field.validators.append(check_line)


class GroupForm(LineForm[Group]):
    """A group of components."""

    class Meta:
        model = Group
        fields = ["page", "name_en", "name_fr", "position"]


class ComponentForm(LineForm[Component]):
    """A component; its group is one of its page's."""

    declared = forms.ChoiceField(
        label=_("status declared by staff"),
        choices=[(status.value, STATUS_LABELS[status]) for status in (Status.OPERATIONAL, *IMPACTS)],
        required=False,
        initial=Status.OPERATIONAL.value,
        help_text=_("What the page shows while no monitor watches this component."),
    )

    class Meta:
        model = Component
        fields = [
            "page",
            "group",
            "name_en",
            "name_fr",
            "slug",
            "description_en",
            "description_fr",
            "position",
            "visible",
            "only_show_if_degraded",
            "tags",
            "policy",
            "sla_target",
        ]
        help_texts: ClassVar = {
            "policy": _("Never while maintenance is in progress, or where an open incident tells of it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        component = self.instance
        if "policy" in self.fields:
            # Left out, it stays as it is.
            self.fields["policy"].required = False
        if component.pk is None:
            return
        self.fields["group"].queryset = Group.objects.filter(page=component.page_id)  # type: ignore[attr-defined]
        declared = component.spans.filter(source=Source.STAFF).order_by("-during").first()
        if declared:
            self.initial["declared"] = declared.status
        if component.feeds.exists():
            self.fields["declared"].disabled = True

    def clean_tags(self) -> list[str]:
        """Each once, one visible line."""
        return clean_tags(self.cleaned_data["tags"])

    def clean(self) -> dict[str, Any]:
        """Names the field that does not fit the page."""
        cleaned = super().clean() or self.cleaned_data
        page = cleaned.get("page") or getattr(self.instance, "page", None)
        group = cleaned.get("group")
        if group and page and group.page_id != page.pk:
            self.add_error("group", gettext("This group is on another page."))
        others = Component.objects.filter(page=page, slug=cleaned.get("slug")).exclude(pk=self.instance.pk)
        if page and others.exists():
            self.add_error("slug", gettext("Another component of this page has this short name."))
        return cleaned
