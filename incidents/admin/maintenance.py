"""The screens of maintenances for staff.

Whoever may not see or post something does not get there: superusers and holders of Django's model
permissions do. Here the clock is read.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, IntegerField, Value, When
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from incidents import maintain, overlaps, post, reminders, telling
from incidents.afterwards.screens import Correcting
from incidents.lifecycle import ACTIVE, OVER, UPCOMING, MaintenanceStatus
from incidents.maintenance_forms import (
    EXTENSIONS,
    STEPS,
    DetailsForm,
    MaintenanceForm,
    MaintenanceUpdateForm,
    reminder_label,
)
from incidents.models import Maintenance
from incidents.posting import PostingAdmin
from incidents.templatetags.console import badge, moment
from incidents.words import PostError
from monitors.models import Page
from subscribers.events import REMINDER
from subscribers.models import Notice


@admin.register(Maintenance)
class MaintenanceAdmin(Correcting, PostingAdmin[Maintenance]):
    """What is planned: what goes on first, then what comes next."""

    begin_title = _("Schedule a maintenance")
    change_list_template = "admin/incidents/maintenance/list.html"
    list_display = ("__str__", "state", "begins", "ends", "page")
    list_filter = ("status",)
    date_hierarchy = "scheduled_for"

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        """What goes on, what comes, what is over: each by its planned start."""
        place = Case(
            When(status__in=ACTIVE, then=Value(0)),
            When(status__in=UPCOMING, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        return [place.asc(), "-scheduled_for", "-id"]

    def get_urls(self) -> list[URLPattern]:
        """Before those of single maintenances."""
        view = self.admin_site.admin_view(require_POST(self.details_view))
        return [path("<int:key>/details/", view, name="incidents_maintenance_details"), *super().get_urls()]

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
        """What it concerns, what overlaps it, who is reminded when, and what one press does."""
        components = list(thing.components.all())
        is_open = thing.status not in OVER
        start, end = thing.scheduled_for, thing.scheduled_until
        return {
            "title": str(thing),
            "open": is_open,
            "active": thing.status in ACTIVE,
            "components": components,
            "overlaps": overlaps.found(thing.page, components, start, end, thing) if is_open else [],
            "reminders": list(_reminders(thing)),
            "buttons": _BUTTONS.get(MaintenanceStatus(thing.status), ()),
            "extensions": EXTENSIONS if thing.status in ACTIVE else (),
            "details": DetailsForm(thing) if is_open else None,
        }

    def details_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Another title, other reminders: without an update."""
        thing = get_object_or_404(Maintenance.objects.select_related("page"), pk=key)
        if not self.has_change_permission(request, thing):
            raise PermissionDenied
        form = DetailsForm(thing, request.POST)
        try:
            if not form.is_valid():
                raise PostError("", " ".join(str(each) for errors in form.errors.values() for each in errors))
            _write(thing, form)
        except PostError as error:
            messages.error(request, error.sentence)
        else:
            self.log_change(request, thing, gettext("Title and reminders changed."))
            messages.success(request, gettext("Title and reminders changed. Nobody was notified."))
        return HttpResponseRedirect(self._address(thing))


# What one press does, with a sentence of our own: (status, what stands on the button).
_BUTTONS: dict[MaintenanceStatus, tuple[tuple[str, Any], ...]] = {
    MaintenanceStatus.SCHEDULED: ((MaintenanceStatus.IN_PROGRESS.value, _("Start now")),),
    MaintenanceStatus.IN_PROGRESS: (
        (MaintenanceStatus.COMPLETED.value, _("Finish now")),
        (MaintenanceStatus.VERIFYING.value, STEPS[MaintenanceStatus.VERIFYING]),
    ),
    MaintenanceStatus.VERIFYING: ((MaintenanceStatus.COMPLETED.value, _("Finish now")),),
}


@transaction.atomic
def _write(thing: Maintenance, form: DetailsForm) -> None:
    now, said = timezone.now(), form.cleaned_data
    titles = {name: said.get(name, getattr(thing, name)) for name in ("title_en", "title_fr")}
    maintain.rename(thing, **titles, now=now)
    if form.remindable:
        maintain.remind_at(thing, said["reminders"], now)


def _reminders(thing: Maintenance) -> Iterator[tuple[object, Any, str]]:
    """Each reminder: how long before, when that is, and "waits", "sent" or "dropped"."""
    sent = Notice.objects.filter(event=REMINDER, subject=telling.source(thing))
    times = list(sent.values_list("created_at", flat=True))
    for minutes in thing.reminders:
        at = reminders.due_at(thing.scheduled_for, minutes)
        last = at + timedelta(minutes=minutes) / 2
        if minutes not in thing.reminded and thing.status in UPCOMING:
            state = "waits"
        else:
            state = "sent" if any(at <= time <= last for time in times) else "dropped"
        yield reminder_label(minutes), at, state
