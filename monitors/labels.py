"""What the statuses of components, and who says so, are called. Pure."""

from django.utils.translation import gettext_lazy as _

from monitors.status import Source, Status

STATUS_LABELS = {
    Status.OPERATIONAL: _("Operational"),
    Status.DEGRADED_PERFORMANCE: _("Degraded performance"),
    Status.PARTIAL_OUTAGE: _("Partial outage"),
    Status.MAJOR_OUTAGE: _("Major outage"),
    Status.UNDER_MAINTENANCE: _("Under maintenance"),
    Status.UNKNOWN: _("Unknown"),
}

SOURCE_LABELS = {
    Source.MONITOR: _("monitor %(id)s"),
    Source.STAFF: _("declared by staff"),
    Source.INCIDENT: _("incident %(id)s"),
    Source.MAINTENANCE: _("maintenance %(id)s"),
    Source.CORRECTION: _("correction %(id)s"),
}


def source_label(source: str) -> str:
    """Who says so, in the active language; nobody for ""."""
    if not source:
        return str(_("nobody"))
    kind, _colon, id_ = source.partition(":")
    return str(SOURCE_LABELS[Source(kind)]) % {"id": id_}
