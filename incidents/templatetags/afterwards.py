"""What the screens of staff say of a post that can still be undone, and of what was corrected."""

from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext

from incidents import undo
from incidents.lifecycle import CLOSED
from incidents.models import Incident, Maintenance, Postmortem, Update
from monitors import zones

register = template.Library()
_CLOCK = "H:i:s"


@register.filter
def second(at: datetime, zone: str) -> str:
    """A time of today to the second, in the reader's zone and a page's."""
    return zones.told(at, zone, _CLOCK, _CLOCK)


@register.inclusion_tag("admin/incidents/held.html", takes_context=True)
def held_card(context: dict[str, Any], thing: Incident | Maintenance) -> dict[str, Any]:
    """The latest update while it can be undone, with the buttons for whoever may press them."""
    now = timezone.now()
    user, kind = context["request"].user, thing._meta.model_name
    return {
        "thing": thing,
        "page": thing.page,
        "opts": thing._meta,
        "waiting": undo.waiting(thing, now),
        "now": now,
        "may_undo": user.has_perm(f"incidents.change_{kind}"),
    }


@register.inclusion_tag("admin/incidents/after.html", takes_context=True)
def after_links(context: dict[str, Any], thing: Incident) -> dict[str, Any]:
    """What can be done with an incident beside posting."""
    return {
        "thing": thing,
        "opts": thing._meta,
        "may_change": context["request"].user.has_perm("incidents.change_incident"),
        "closed": thing.status in CLOSED,
        "postmortem": Postmortem.objects.filter(incident=thing).first(),
    }


@register.simple_tag(takes_context=True)
def correct_address(context: dict[str, Any], update: Update) -> str:
    """Where an update is corrected; "" where it cannot be."""
    kind = "maintenance" if update.incident_id is None else "incident"
    pk = update.incident_id or update.maintenance_id
    held = undo.is_held(update, timezone.now())
    if held or not context["request"].user.has_perm(f"incidents.change_{kind}"):
        return ""
    return reverse(f"admin:incidents_{kind}_correct", args=[pk, update.public_id])


@register.filter
def exactly(at: datetime, zone: str) -> str:
    """A time to the second, in the reader's zone and a page's."""
    return zones.told(at, zone, pgettext("format of a time", "j M Y, H:i:s"), _CLOCK)
