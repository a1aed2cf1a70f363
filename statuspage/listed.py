"""Which incidents and maintenances the index, the API and the feeds name: those that go on, and the newest.

Whatever is open or said lately is among them, so that nothing which readers may miss falls off the end.
"""

from datetime import datetime, timedelta

from django.db.models import Q

from incidents.lifecycle import CLOSED, OVER
from incidents.models import Incident, Maintenance
from monitors.models import Page

# All that /events.json and the past fortnight tell of.
RECENT = timedelta(days=31)
# The Statuspage API lists this many.
LISTED = 50


def incidents(page: Page, now: datetime) -> list[Incident]:
    """Every open incident, every one of which anything was said lately, and the newest ones."""
    rows = Incident.objects.filter(page=page)
    newest = rows.order_by("-started_at", "-id")[:LISTED].values("pk")
    still_open = ~Q(status__in=CLOSED)
    return list(rows.filter(still_open | Q(updated_at__gte=now - RECENT) | Q(pk__in=newest)))


def maintenances(page: Page, now: datetime) -> list[Maintenance]:
    """Every maintenance that is planned or goes on, every recent one, and the newest ones."""
    rows = Maintenance.objects.filter(page=page)
    newest = rows.order_by("-scheduled_for", "-id")[:LISTED].values("pk")
    live = ~Q(status__in=OVER)
    recent = Q(scheduled_for__gte=now - RECENT) | Q(updated_at__gte=now - RECENT)
    return list(rows.filter(live | recent | Q(pk__in=newest)))
