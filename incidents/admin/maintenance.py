"""The screens of maintenances for staff.

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

from incidents import post
from incidents.forms import MaintenanceForm, MaintenanceUpdateForm
from incidents.lifecycle import ACTIVE, OVER, UPCOMING
from incidents.models import Maintenance
from incidents.posting import PostingAdmin
from incidents.templatetags.console import badge, moment
from monitors.models import Page


@admin.register(Maintenance)
class MaintenanceAdmin(PostingAdmin[Maintenance]):
    """What is planned: what goes on first, then what comes next."""

    begin_title = _("Schedule a maintenance")
    list_display = ("__str__", "state", "begins", "ends", "page")

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        """What goes on, what comes, what is over: each by its planned start."""
        place = Case(
            When(status__in=ACTIVE, then=Value(0)),
            When(status__in=UPCOMING, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        return [place.asc(), "-scheduled_for", "-id"]

    @admin.display(description=_("status"))
    def state(self, maintenance: Maintenance) -> SafeString:
        """The status as a badge."""
        tone = "maintenance" if maintenance.status in ACTIVE else "none"
        return badge(tone, maintenance.get_status_display())

    @admin.display(description=_("planned start"))
    def begins(self, maintenance: Maintenance) -> str:
        """In its page's time zone."""
        return moment(maintenance.scheduled_for, maintenance.page.time_zone)

    @admin.display(description=_("planned end"))
    def ends(self, maintenance: Maintenance) -> str:
        """In its page's time zone."""
        return moment(maintenance.scheduled_until, maintenance.page.time_zone)

    def begin_form(self, page: Page, data: Any) -> MaintenanceForm:
        """The form that schedules a maintenance."""
        return MaintenanceForm(page, data)

    def update_form(self, thing: Maintenance, data: Any) -> MaintenanceUpdateForm | None:
        """Nothing follows one that is over, but what was typed before that is not lost."""
        if thing.status in OVER and data is None:
            return None
        return MaintenanceUpdateForm(thing.page, data, maintenance=thing)

    def begin(self, form: MaintenanceForm, author: User) -> Maintenance:
        """Schedules it."""
        return post.schedule_maintenance(form.page, **form.said(), now=timezone.now(), author=author)

    def update(self, thing: Maintenance, form: MaintenanceUpdateForm, author: User) -> Maintenance:
        """Posts an update."""
        update = post.update_maintenance(thing, **form.said(), now=timezone.now(), author=author)
        return update.maintenance or thing

    def about(self, thing: Maintenance) -> dict[str, Any]:
        """Which components it concerns, and whether it is over."""
        return {
            "title": str(thing),
            "open": thing.status not in OVER,
            "active": thing.status in ACTIVE,
            "components": thing.components.all(),
        }
