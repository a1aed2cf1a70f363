"""Tells the team that a region fell silent, and that it is back: each once, whoever looks.

Which regions are silent is found out elsewhere (`monitors.regions`); here stands what the team knows of it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from incidents import team
from incidents.models import SilenceTold
from incidents.team import both, said
from monitors.models import Monitor, Page
from subscribers.channels.chat_card import Tone

FELL, BACK = "region.silent", "region.back"
_FELL = gettext_noop("No checks from region “%(region)s”")
_FELL_TEXT = gettext_noop(
    "Its worker sends nothing any more. Monitors that are to be checked from there: %(number)d. Where other "
    "regions check too, those decide; what is checked from there alone is unknown."
)
_BACK = gettext_noop("Checks come from region “%(region)s” again")
_BACK_TEXT = gettext_noop("It takes part in verdicts again.")
_NEWS = """
SELECT r.id, r.name, r.silent_since, t.since
FROM monitors_region r LEFT JOIN incidents_silencetold t ON t.region_id = r.id
WHERE r.silent_since IS DISTINCT FROM t.since ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class _News:
    region: int
    name: str
    silent_since: datetime | None
    told: datetime | None


def tick(now: datetime) -> int:
    """Tells what the team does not know yet; one statement where that is nothing. Returns how much it was."""
    with connection.cursor() as cursor:
        cursor.execute(_NEWS)
        news = [_News(*row) for row in cursor]
    for each in news:
        _tell(each, now)
    return len(news)


@transaction.atomic
def _tell(news: _News, now: datetime) -> None:
    if news.silent_since is None:
        event, title, text, tone = BACK, _BACK, both(_BACK_TEXT), Tone.OVER
        SilenceTold.objects.filter(region=news.region).delete()
    else:
        number = Monitor.objects.filter(enabled=True, regions__contains=[news.name]).count()
        event, title, text, tone = FELL, _FELL, both(_FELL_TEXT, number=number), Tone.MAJOR
        SilenceTold.objects.update_or_create(region_id=news.region, defaults={"since": news.silent_since})
    key = f"{event}:{news.region}:{(news.silent_since or news.told or now).isoformat()}"
    address = reverse("admin:monitors_monitor_changelist")
    values = said(both(title, region=news.name), text, address, tone)
    # The channels of all pages, and of those that are checked from there; none hears of it twice.
    team.tell(event, key, values, None, now)
    for page in Page.objects.filter(monitors__regions__contains=[news.name]).distinct():
        team.tell(event, key, values, page, now)
