"""What the statuses of components are called. Pure."""

from django.utils.translation import gettext_lazy as _

from monitors.status import Status

STATUS_LABELS = {
    Status.OPERATIONAL: _("Operational"),
    Status.DEGRADED_PERFORMANCE: _("Degraded performance"),
    Status.PARTIAL_OUTAGE: _("Partial outage"),
    Status.MAJOR_OUTAGE: _("Major outage"),
    Status.UNDER_MAINTENANCE: _("Under maintenance"),
    Status.UNKNOWN: _("Unknown"),
}
