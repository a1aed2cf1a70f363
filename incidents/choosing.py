"""The components in a form: one control each, in the page's groups.

The name of a control holds the component's public id; what names no component of this page is
never read.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.composing.observed import Observed
from monitors.models import STATUS_LABELS, Component, Page
from monitors.status import Status

KEEP = ""
_KEEPS = _("Keeps its status")
PREFIX = "component-"
# With fewer components than this all groups stand open.
FEW = 8
_SAYABLE = [status for status in Status if status != Status.UNKNOWN]


@dataclass(frozen=True, slots=True)
class Row:
    """One component with what customers see of it now, what monitors make of it, and its control.

    `shown` is None where it is not about now.
    """

    component: Component
    shown: Status | None
    field: forms.BoundField
    observed: Observed | None = None

    @property
    def chosen(self) -> bool:
        """Whether this form says anything of it."""
        return bool(self.field.value())


@dataclass(frozen=True, slots=True)
class Choice:
    """One group with its rows; the components without a group come first, without a name."""

    name: str
    rows: tuple[Row, ...]
    open: bool


def control(component: Component) -> str:
    """The name of a component's control."""
    return PREFIX + component.public_id


def status_field(component: Component, unsaid: str | Promise = _KEEPS) -> forms.ChoiceField:
    """The status that an update gives a component, or none: `unsaid` says what that means."""
    labels = [(status.value, STATUS_LABELS[status]) for status in _SAYABLE]
    choices = [(KEEP, unsaid), *labels]
    return forms.ChoiceField(label=str(component), choices=choices, required=False)


def affected_field(component: Component) -> forms.BooleanField:
    """Whether a maintenance concerns a component."""
    return forms.BooleanField(label=str(component), required=False)


def components_of(page: Page) -> list[Component]:
    """All components of a page in its order: those without a group, then group by group."""
    components = list(Component.objects.filter(page=page).select_related("group"))
    return sorted(components, key=_place)


def _place(component: Component) -> tuple[int, int, int, int, int]:
    group = component.group
    first = (1, group.position, group.pk) if group else (0, 0, 0)
    return (*first, component.position, component.pk)


def choices(
    form: forms.Form,
    components: Iterable[Component],
    shown: Mapping[int, Status],
    seen: Mapping[int, Observed] | None = None,
) -> Iterator[Choice]:
    """The groups to choose from: open where something is wrong or chosen."""
    rows: dict[int | None, list[Row]] = {}
    for component in components:
        watched = (seen or {}).get(component.pk)
        row = Row(component, shown.get(component.pk), form[control(component)], watched)
        rows.setdefault(component.group_id, []).append(row)
    few = sum(len(group) for group in rows.values()) < FEW
    for group in rows.values():
        wrong = any(
            row.chosen or row.shown not in (None, Status.OPERATIONAL, Status.UNKNOWN) for row in group
        )
        named = group[0].component.group
        yield Choice(str(named) if named else "", tuple(group), few or wrong or named is None)
