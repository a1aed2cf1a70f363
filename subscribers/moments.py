"""Times in words, in the active language and one reader's time zone, which they name.

What a payload says as ISO 8601 comes in; nothing here reads a clock.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def zone_of(wanted: str, page: str) -> ZoneInfo:
    """The zone that a reader chose, else the page's: also where it is called otherwise since."""
    try:
        return ZoneInfo(wanted or page)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(page)


def moment(iso: str | None, zone: ZoneInfo) -> str:
    """A time in full, such as "22 November 2026, 15:00 CET"; "" for none."""
    if not iso:
        return ""
    local = _local(iso, zone)
    said = _("%(day)s, %(time)s") % {"day": _day(local), "time": _hour(local)}
    return f"{said} {_abbreviation(local)}"


def planned(start: str, end: str, zone: ZoneInfo) -> str:
    """The sentence that says from when until when work is planned, its day once."""
    first, last = _local(start, zone), _local(end, zone)
    if first.date() == last.date() and first.tzname() == last.tzname():
        return _("Planned on %(day)s from %(start)s to %(end)s %(zone)s.") % {
            "day": _day(first),
            "start": _hour(first),
            "end": _hour(last),
            "zone": _abbreviation(last),
        }
    return _("Planned from %(start)s until %(end)s.") % {
        "start": moment(start, zone),
        "end": moment(end, zone),
    }


def duration(start: str, end: str) -> str:
    """How long it was between two times, in days, hours and minutes: "2 h 5 min"."""
    rest = max(datetime.fromisoformat(end) - datetime.fromisoformat(start), MINUTE)
    parts = [(rest // DAY, _("%(count)d d"))]
    parts += [(rest % DAY // HOUR, _("%(count)d h")), (rest % HOUR // MINUTE, _("%(count)d min"))]
    return " ".join(form % {"count": count} for count, form in parts if count)


def _local(iso: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(iso).astimezone(zone)


def _day(local: datetime) -> str:
    # French counts its first days.
    number = "1er" if local.day == 1 and get_language() == "fr" else str(local.day)
    return f"{number} {date_format(local, 'F Y', use_l10n=False)}"


def _hour(local: datetime) -> str:
    # A date format of Django: the time in 24 hours.
    return date_format(local, _("H:i"), use_l10n=False)


def _abbreviation(local: datetime) -> str:
    """ "CET"; where a zone has no letters of its own, its distance from UTC."""
    name = local.tzname() or ""
    return name if name.isalpha() else f"UTC{name}"
