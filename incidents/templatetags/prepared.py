"""What the screens say of degraded mode, checklists and notes."""

import logging
from typing import Any

from django import template
from django.db import Error
from django.template import RequestContext
from django.utils import timezone
from django.utils.translation import gettext

from incidents.checklists.shown import desk
from incidents.models import Incident, Maintenance
from monitors.essentials import resting

log = logging.getLogger(__name__)
register = template.Library()


@register.inclusion_tag("admin/incidents/essentials/banner.html", takes_context=True)
def resting_banner(context: RequestContext) -> dict[str, Any]:
    """That the rest rests, on every screen; nothing where the database cannot say so."""
    try:
        rest = resting()
    except Error as error:
        log.warning("Whether the rest rests is not known: %s", type(error).__name__)
        rest = None
    return {"rest": rest, "now": timezone.now(), "perms": context.get("perms")}


@register.filter
def role(name: str) -> str:
    """Who does it: our own roles in the reader's language, others as they were typed."""
    return gettext(name) if name else ""


@register.inclusion_tag("admin/incidents/task/cards.html", takes_context=True)
def desk_of(context: RequestContext, about: Incident | Maintenance) -> dict[str, Any]:
    """The checklist, the notes and the ready texts on the screen of what they are about."""
    user = context["request"].user
    if not user.has_perm("incidents.view_task"):
        return {}
    return desk(about, user, timezone.now()) | {"from": "screen"}
