"""Times as staff read them: in the person's own zone where they chose one, the page's beside it.

Who chose none has no zone activated (the middleware of people sees to it): the page's alone is shown.
"""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def told(at: datetime, zone: str, pattern: str, clock: str) -> str:
    """A time by Django's format letters; `clock` is how it is written where the day is the same."""
    there, own = at.astimezone(ZoneInfo(zone)), own_zone()
    here = at.astimezone(own) if own else there
    if here.utcoffset() == there.utcoffset():
        return date_format(there, pattern)
    beside = date_format(there, clock if here.date() == there.date() else pattern)
    return _("%(here)s (page: %(there)s)") % {"here": date_format(here, pattern), "there": beside}


def own_zone() -> tzinfo | None:
    """The zone that was activated for the person, if any."""
    zone = timezone.get_current_timezone()
    return None if zone is timezone.get_default_timezone() else zone
