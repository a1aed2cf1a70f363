"""Where one can go from every screen: the places of every day, and behind "More" everything else.

A screen of a model is found by itself, so that a new one is never out of reach; nobody is shown a place
that they may not open.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

EVERY_DAY = (
    "incidents.incident",
    "incidents.maintenance",
    "monitors.component",
    "monitors.monitor",
    "subscribers.subscriber",
)
# What a model's screen is called where the model's own name is not it.
LABELS: dict[str, StrOrPromise] = {
    "incidents.maintenance": gettext_lazy("Maintenance"),
    "incidents.task": gettext_lazy("To be done"),
    "monitors.essentials": gettext_lazy("Degraded mode"),
}
# Behind "More", in this order; a name of a screen without a model is (its URL's name, permission, label).
Screen = tuple[str, str, StrOrPromise]
SECTIONS: tuple[tuple[StrOrPromise, tuple[str | Screen, ...]], ...] = (
    (
        gettext_lazy("Prepared"),
        (
            "incidents.template",
            "incidents.autopost",
            "incidents.series",
            "incidents.checklist",
            "incidents.task",
            "incidents.contact",
            "incidents.teamchannel",
            "statuspage.drill",
            "monitors.essentials",
        ),
    ),
    (
        gettext_lazy("Heard and told"),
        ("incidents.report", "subscribers.notice", "subscribers.delivery", "subscribers.suppression"),
    ),
    (gettext_lazy("The page"), ("monitors.page", "monitors.group", "statuspage.target")),
    (
        gettext_lazy("People"),
        ("auth.user", "auth.group", "statuspage.invitation", "statuspage.auditentry"),
    ),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One link; `here` where it is the screen that is shown."""

    label: str
    address: str
    here: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Some places under one heading."""

    label: str
    places: tuple[Place, ...]

    @property
    def here(self) -> bool:
        """Whether the screen that is shown is one of these."""
        return any(place.here for place in self.places)


def every_day(site: AdminSite, request: HttpRequest) -> list[Place]:
    """The places in the bar."""
    return list(_places(site, request, EVERY_DAY))


def more(site: AdminSite, request: HttpRequest) -> list[Section]:
    """All others, by section; those that no section names are last."""
    sections = [(label, _places(site, request, names)) for label, names in SECTIONS]
    sections.append((_("Other places"), _places(site, request, tuple(_unnamed(site)))))
    return [Section(str(label), places) for label, places in sections if places]


def _places(site: AdminSite, request: HttpRequest, names: tuple[str | Screen, ...]) -> tuple[Place, ...]:
    found = [
        _of_model(site, request, name) if isinstance(name, str) else _of_screen(request, *name)
        for name in names
    ]
    return tuple(place for place in found if place)


def _unnamed(site: AdminSite) -> Iterator[str]:
    named = {name for _label, names in SECTIONS for name in names if isinstance(name, str)} | set(EVERY_DAY)
    return (label for label in sorted(_models(site)) if label not in named)


def _models(site: AdminSite) -> dict[str, type[Model]]:
    return {model._meta.label_lower: model for model in site._registry}


def _of_model(site: AdminSite, request: HttpRequest, name: str) -> Place | None:
    """The list of a model, for whoever may see it."""
    model = _models(site).get(name)
    if model is None or not site._registry[model].has_view_or_change_permission(request):
        return None
    address = _address(f"admin:{name.replace('.', '_')}_changelist")
    if not address:
        return None
    label = str(LABELS.get(name) or capfirst(str(model._meta.verbose_name_plural)))
    return Place(label, address, request.path.startswith(address))


def _of_screen(request: HttpRequest, view: str, permission: str, label: StrOrPromise) -> Place | None:
    address = _address(view)
    if not address or (permission and not request.user.has_perm(permission)):
        return None
    return Place(str(label), address, request.path.startswith(address))


def _address(view: str) -> str:
    """Where a view is; "" for none."""
    try:
        return reverse(view)
    except NoReverseMatch:
        return ""
