"""Times as readers write them, in the page's time zone and the active language. Pure.

Every time is an aware datetime; a clock time always stands beside its zone or under its statement.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from subscribers.statuspage_values import is_utc

_MONTHS = (
    lambda: pgettext("in a date", "January"),
    lambda: pgettext("in a date", "February"),
    lambda: pgettext("in a date", "March"),
    lambda: pgettext("in a date", "April"),
    lambda: pgettext("in a date", "May"),
    lambda: pgettext("in a date", "June"),
    lambda: pgettext("in a date", "July"),
    lambda: pgettext("in a date", "August"),
    lambda: pgettext("in a date", "September"),
    lambda: pgettext("in a date", "October"),
    lambda: pgettext("in a date", "November"),
    lambda: pgettext("in a date", "December"),
)


def month_name(day: date) -> str:
    """ "November"."""
    return _MONTHS[day.month - 1]()


def month_and_year(day: date) -> str:
    """ "November 2026"."""
    return f"{month_name(day)} {day.year}"


def day_number(day: date) -> str:
    """ "22"; French counts its first days ("1er")."""
    return "1er" if day.day == 1 and get_language() == "fr" else str(day.day)


def short_date(day: date) -> str:
    """ "22 November"."""
    return f"{day_number(day)} {month_name(day)}"


def long_date(day: date) -> str:
    """ "22 November 2026"."""
    return f"{short_date(day)} {day.year}"


def days_range(first: date, last: date) -> str:
    """ "12 November", "12–14 November" or "30 October – 2 November"."""
    if first == last:
        return short_date(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{day_number(first)}–{short_date(last)}"
    return f"{short_date(first)} – {short_date(last)}"


def duration(length: timedelta) -> str:
    """ "38 minutes", "1 h 12 min", "2 days 3 h": never more than the time that passed."""
    seconds = max(0, int(length.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        counted = ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
        return f"{counted} {hours}\N{NO-BREAK SPACE}h" if hours else counted
    if hours:
        return (
            f"{hours}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{minutes}\N{NO-BREAK SPACE}min"
            if minutes
            else f"{hours}\N{NO-BREAK SPACE}h"
        )
    if minutes:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}


def zone_words(time_zone: str) -> str:
    """The zone's name for readers: "UTC" for its many names, else "Europe/Paris"."""
    return "UTC" if is_utc(time_zone) else time_zone


def machine(at: datetime) -> str:
    """The time for machines, whole seconds in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """Tells times in one zone; `today` (where there is one) makes times of that day short."""

    def __init__(self, time_zone: str, now: datetime | None = None) -> None:
        self.zone = ZoneInfo(time_zone)
        self.today = None if now is None else now.astimezone(self.zone).date()

    def day(self, at: datetime) -> date:
        """The calendar day of `at` here."""
        return at.astimezone(self.zone).date()

    def zone_name(self, at: datetime) -> str:
        """ "UTC", "CET", or "UTC+03" where the zone has no letters of its own."""
        name = at.astimezone(self.zone).tzname() or ""
        return name if name.isalpha() else f"UTC{name}"

    def hour(self, at: datetime) -> str:
        """ "14:31"."""
        local = at.astimezone(self.zone)
        return _("%(hour)02d:%(minute)02d") % {"hour": local.hour, "minute": local.minute}

    def to_the_second(self, at: datetime) -> SafeString:
        """ "14:31:07 UTC" as an element."""
        return self._element(at, f"{self._second(at)} {self.zone_name(at)}")

    def moment(self, at: datetime) -> SafeString:
        """ "14:31 UTC" today, else "22 November 2026, 14:31 UTC" (no year within this one)."""
        return self._element(at, self.said(at))

    def said(self, at: datetime) -> str:
        """The same as plain text."""
        return self._dated(at, f"{self.hour(at)} {self.zone_name(at)}")

    def dated(self, at: datetime) -> bool:
        """Whether `moment` names the day; what is said before it then has the context "with a date"."""
        return self.day(at) != self.today

    def by(self, at: datetime) -> SafeString:
        """ "by 14:31 UTC", "by 22 November, 14:31 UTC"."""
        said = pgettext("with a date", "by {time}") if self.dated(at) else _("by {time}")
        return format_html(said, time=self.moment(at))

    def promised(self, at: datetime, now: datetime) -> SafeString:
        """ "by 14:31 UTC"; once it has passed at `now`, that it was promised by then and is late."""
        return format_html(self._late(at), time=self.moment(at)) if at <= now else self.by(at)

    def promised_plain(self, at: datetime, now: datetime) -> str:
        """The same as plain text, with its day."""
        said = self._late(at) if at <= now else pgettext("with a date", "by {time}")
        return said.format(time=self.said(at))

    def _late(self, at: datetime) -> str:
        if self.dated(at):
            return pgettext("with a date", "was promised by {time} and is late")
        return _("was promised by {time} and is late")

    def period(self, start: datetime, end: datetime) -> SafeString:
        """ "24 November, 03:00–04:00 UTC", or both moments in full when days differ."""
        if self.day(start) != self.day(end):
            return format_html("{} – {}", self.moment(start), self.moment(end))
        hours = f"{self.hour(start)}–{self.hour(end)} {self.zone_name(start)}"
        return self._element(start, self._dated(start, hours))

    def exactly(self, start: datetime, end: datetime) -> str:
        """ "22 November 2026, 14:31:07–14:38:00 UTC", both in full where days or zones differ: plain."""
        if (self.day(start), self.zone_name(start)) != (self.day(end), self.zone_name(end)):
            return " – ".join(
                self._dated(at, f"{self._second(at)} {self.zone_name(at)}") for at in (start, end)
            )
        return self._dated(start, f"{self._second(start)}–{self._second(end)} {self.zone_name(start)}")

    def on(self, at: datetime) -> SafeString:
        """The day of `at` as an element."""
        return format_html('<time datetime="{}">{}</time>', self.day(at).isoformat(), self._day(self.day(at)))

    def _second(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        parts = {"hour": local.hour, "minute": local.minute, "second": local.second}
        return _("%(hour)02d:%(minute)02d:%(second)02d") % parts

    def _dated(self, at: datetime, hours: str) -> str:
        day = self.day(at)
        if not self.dated(at):
            return hours
        return _("%(day)s, %(time)s") % {"day": self._day(day), "time": hours}

    def _day(self, day: date) -> str:
        return short_date(day) if self.today and day.year == self.today.year else long_date(day)

    def _element(self, at: datetime, text: str) -> SafeString:
        return format_html('<time datetime="{}">{}</time>', machine(at), text)
