"""The screens of incidents for staff.

Whoever may not see or post something does not get there: superusers and holders of Django's model
permissions do. Here the clock is read.
"""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Case, IntegerField, Value, When
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from incidents import post, standing, telling
from incidents.afterwards.screens import Afterwards
from incidents.forms import IncidentForm, UpdateForm
from incidents.lifecycle import CLOSED
from incidents.models import Incident
from incidents.posting import PostingAdmin
from incidents.templatetags.console import badge, moment
from monitors.models import Page


@admin.register(Incident)
class IncidentAdmin(Afterwards, PostingAdmin[Incident]):
    """What is wrong: the open ones first."""

    begin_title = _("Declare an incident")
    list_display = ("__str__", "state", "began", "promised", "page")

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        """The open ones first, then the newest."""
        closed = Case(When(status__in=CLOSED, then=Value(1)), default=Value(0), output_field=IntegerField())
        return [closed.asc(), "-started_at", "-id"]

    @admin.display(description=_("status"))
    def state(self, incident: Incident) -> SafeString:
        """The status as a badge."""
        tone = "ok" if incident.status in CLOSED else incident.impact
        return badge(tone, incident.get_status_display())

    @admin.display(description=_("started"))
    def began(self, incident: Incident) -> str:
        """When it started, in its page's time zone."""
        return moment(incident.started_at, incident.page.time_zone)

    @admin.display(description=_("next update promised by"))
    def promised(self, incident: Incident) -> str:
        """The promise, in its page's time zone."""
        at = incident.next_update_at
        return moment(at, incident.page.time_zone) if at else ""

    def begin_form(self, page: Page, data: Any) -> IncidentForm:
        """The form that declares an incident."""
        return IncidentForm(page, data)

    def update_form(self, thing: Incident, data: Any) -> UpdateForm:
        """There is always more to say."""
        return UpdateForm(thing.page, data, incident=thing)

    def begin(self, form: IncidentForm, author: User) -> Incident:
        """Declares it."""
        now = timezone.now()
        promised = form.promised(now)
        return post.open_incident(form.page, **form.said(), next_update_at=promised, now=now, author=author)

    def update(self, thing: Incident, form: UpdateForm, author: User) -> Incident:
        """Posts an update."""
        now = timezone.now()
        promised = form.promised(now)
        update = post.update_incident(thing, **form.said(), next_update_at=promised, now=now, author=author)
        return update.incident or thing

    def about(self, thing: Incident) -> dict[str, Any]:
        """What it declares at present, and whether its promise is broken."""
        components = standing.named(thing.updates.all())
        declared = standing.declared(telling.source(thing))
        now = timezone.now()
        return {
            "now": now,
            "title": str(thing),
            "open": thing.status not in CLOSED,
            "affected": [(component, declared.get(component.pk)) for component in components],
            "overdue": thing.next_update_at is not None and thing.next_update_at < now,
        }
