"""What stands around every screen of the console: places, and the keys that work everywhere."""

from dataclasses import dataclass

from django import template
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from statuspage.board import places

register = template.Library()


@dataclass(frozen=True, slots=True)
class Key:
    """A key that leads somewhere from every screen."""

    key: str
    label: str
    address: str = ""


@register.simple_tag
def places_of(request: HttpRequest) -> list[places.Place]:
    """The places of every day that this person may open."""
    return places.every_day(admin.site, request)


@register.simple_tag
def more_places(request: HttpRequest) -> list[places.Section]:
    """Everything else that this person may open."""
    return places.more(admin.site, request)


@register.simple_tag
def keys_everywhere(request: HttpRequest) -> list[Key]:
    """The keys of every screen, as far as this person may go where they lead."""
    may = request.user.has_perm
    found = [
        (True, Key("?", _("This list"))),
        (True, Key("b", _("What is wrong now"), reverse("admin:index"))),
        (
            may("incidents.view_incident"),
            Key("i", _("Incidents"), reverse("admin:incidents_incident_changelist")),
        ),
        (
            may("incidents.view_maintenance"),
            Key("m", _("Maintenance"), reverse("admin:incidents_maintenance_changelist")),
        ),
        (
            may("incidents.add_incident"),
            Key("d", _("Declare an incident"), reverse("admin:incidents_incident_add")),
        ),
        (True, Key("/", _("Search, where there is something to search"))),
    ]
    return [key for allowed, key in found if allowed]
