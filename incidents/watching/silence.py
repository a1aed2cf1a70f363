"""Tells the team that a region fell silent or doubts its own network, and that it is over: each once.

Which regions are in which trouble is found out elsewhere (`monitors.regions`); here stands what the team
knows of it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from incidents import team
from incidents.models import DoubtTold, SilenceTold
from incidents.team import both, said
from monitors.models import Monitor, Page, Region
from monitors.regions import unwitnessed
from subscribers.channels.chat_card import Tone

_FELL_TEXT = gettext_noop(
    "Its worker sends nothing any more. Monitors that are to be checked from there: %(number)d. Where other "
    "regions check too, those decide; what is checked from there alone is unknown."
)
_DOUBTS_TEXT = gettext_noop(
    "Its checks fail as if its own network were gone, and count for nothing meanwhile. Monitors that are to "
    "be checked from there: %(number)d. Where other regions check too, those decide; what is checked from "
    "there alone is unknown."
)
_GUESSES_TEXT = gettext_noop(
    "Whatever it asks is silent, and it has no witness that tells whose fault that is: it may be a real "
    "outage of all of it. Have a look. Monitors that are to be checked from there: %(number)d; meanwhile "
    "they are unknown. PROBE_WITNESSES names witnesses."
)


@dataclass(frozen=True, slots=True)
class _Trouble:
    """What may come over a region: told as which event, in which words, when it comes and when it is over."""

    told: type[SilenceTold] | type[DoubtTold]
    begun: tuple[str, str]
    over: tuple[str, str, str]


_TROUBLES = {
    "silent_since": _Trouble(
        SilenceTold,
        ("region.silent", gettext_noop("No checks from region “%(region)s”")),
        (
            "region.back",
            gettext_noop("Checks come from region “%(region)s” again"),
            gettext_noop("It takes part in verdicts again."),
        ),
    ),
    "offline_since": _Trouble(
        DoubtTold,
        ("region.doubts", gettext_noop("Region “%(region)s” doubts its own network")),
        (
            "region.sure",
            gettext_noop("Region “%(region)s” no longer doubts its own network"),
            gettext_noop("No check from there has failed that way for ten minutes."),
        ),
    ),
}
_NEWS = """
SELECT 'silent_since', r.id, r.silent_since, t.since
FROM monitors_region r LEFT JOIN incidents_silencetold t ON t.region_id = r.id
WHERE r.silent_since IS DISTINCT FROM t.since
UNION ALL
SELECT 'offline_since', r.id, r.offline_since, t.since
FROM monitors_region r LEFT JOIN incidents_doubttold t ON t.region_id = r.id
WHERE r.offline_since IS DISTINCT FROM t.since
ORDER BY 2, 1
"""


@dataclass(frozen=True, slots=True)
class _News:
    column: str
    region: int
    since: datetime | None
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
    trouble, region = _TROUBLES[news.column], Region.objects.get(pk=news.region)
    if news.since is None:
        (event, title, text), tone = trouble.over, Tone.OVER
        trouble.told.objects.filter(region=region).delete()
        texts = both(text)
    else:
        (event, title), tone = trouble.begun, Tone.MAJOR
        trouble.told.objects.update_or_create(region=region, defaults={"since": news.since})
        number = Monitor.objects.filter(enabled=True, regions__contains=[region.name]).count()
        texts = both(_why(news.column, region), number=number)
    key = f"{event}:{region.pk}:{(news.since or news.told or now).isoformat()}"
    values = said(both(title, region=region.name), texts, reverse("admin:monitors_monitor_changelist"), tone)
    # The channels of all pages, and of those that are checked from there; none hears of it twice.
    team.tell(event, key, values, None, now)
    for page in Page.objects.filter(monitors__regions__contains=[region.name]).distinct():
        team.tell(event, key, values, page, now)


def _why(column: str, region: Region) -> str:
    if column == "silent_since":
        return _FELL_TEXT
    return _GUESSES_TEXT if unwitnessed(region) else _DOUBTS_TEXT
