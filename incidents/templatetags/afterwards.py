"""What the screens of staff say of a post that can still be undone, and of what was corrected."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone

from incidents import undo
from incidents.models import Incident, Maintenance
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
