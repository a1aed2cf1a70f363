"""What a maintenance says where nobody wrote a text: a sentence in each language of its page."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from incidents.lifecycle import MaintenanceStatus
from incidents.models import Maintenance
from incidents.words import Texts
from monitors.models import Page
from subscribers.moments import moment, planned


def spoken(page: Page, say: Callable[[], str]) -> Texts:
    """The same in each language of a page."""
    said = dict.fromkeys(("en", "fr"), "")
    for language in page.languages:
        with translation.override(language):
            said[language] = say()
    return Texts(**said)


def entered(page: Page, status: MaintenanceStatus) -> Texts:
    """That it has become this."""
    return spoken(page, lambda: _STEPS[status]())


def moved(maintenance: Maintenance) -> Texts:
    """When it is planned for now."""
    zone = ZoneInfo(maintenance.page.time_zone)
    start, end = maintenance.scheduled_for.isoformat(), maintenance.scheduled_until.isoformat()
    return spoken(
        maintenance.page, lambda: " ".join((_("The maintenance was moved."), planned(start, end, zone)))
    )


def ends(maintenance: Maintenance) -> Texts:
    """When it is planned to end now."""
    zone, end = ZoneInfo(maintenance.page.time_zone), maintenance.scheduled_until.isoformat()
    return spoken(
        maintenance.page,
        lambda: _("The maintenance is now planned to end on %(time)s.") % {"time": moment(end, zone)},
    )


_STEPS: dict[MaintenanceStatus, Callable[[], str]] = {
    MaintenanceStatus.SCHEDULED: lambda: _("The maintenance is planned."),
    MaintenanceStatus.IN_PROGRESS: lambda: _("The maintenance has started."),
    MaintenanceStatus.VERIFYING: lambda: _("The work is done; we are checking it."),
    MaintenanceStatus.COMPLETED: lambda: _("The maintenance is completed."),
    MaintenanceStatus.CANCELLED: lambda: _("The maintenance is cancelled."),
}
