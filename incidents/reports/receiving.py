"""Takes reports, marks them as read, and forgets them: the one writer of Report.

However many come, only so many are kept: of one network and of one page in an hour.
"""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from incidents.models import Report
from monitors.models import Component, Page
from subscribers import allowance

# What one network and all together may leave on a page within an hour; beyond that nothing more is learnt.
OF_ONE_NETWORK = 5
OF_A_PAGE = 300
HOUR = timedelta(hours=1)
# What visitors wrote, and where they can be reached.
KEPT = timedelta(days=30)


def receive(
    page: Page,
    report_id: str,
    *,
    component: Component | None,
    text: str,
    email: str,
    language: str,
    network: str,
    now: datetime,
) -> bool:
    """Keep one report, once by its public id. False: its network or its page has had enough for now."""
    if not allowance.spend(f"report {network}", now, OF_ONE_NETWORK):
        return False
    if Report.objects.filter(page=page, created_at__gt=now - HOUR).count() >= OF_A_PAGE:
        return False
    report = Report(
        page=page,
        public_id=report_id,
        component=component,
        text=text,
        email=email,
        language=language,
        created_at=now,
    )
    Report.objects.bulk_create([report], ignore_conflicts=True)
    return True


def read(reports: QuerySet[Report], now: datetime) -> int:
    """Mark reports as read by staff. Returns how many were not."""
    return reports.filter(read_at=None).update(read_at=now)


def forget(now: datetime) -> int:
    """Delete what is older than 30 days. Returns how many."""
    return Report.objects.filter(created_at__lte=now - KEPT).delete()[0]
