"""In which zone times are told that belong to no page: sign-ins, sessions, invitations, the audit log."""

from monitors.models import Page

NONE = "Etc/UTC"


def zone() -> str:
    """The zone of the pages, where they share one; else UTC. One query."""
    found = list(
        Page.objects.filter(hidden=False).order_by().values_list("time_zone", flat=True).distinct()[:2]
    )
    return found[0] if len(found) == 1 else NONE
