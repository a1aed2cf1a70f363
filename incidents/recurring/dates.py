"""The days and moments that a rule gives. Pure, and never longer than a look at each day of its span.

What the clock does in a zone is decided once, in `instant`: nothing is left out or doubled because
of summer time.
"""

from calendar import isleap, monthrange
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from incidents.recurring.rule import Frequency, Rule, refused

DAY = timedelta(days=1)
# How far ahead a rule is followed: a 29 February comes within eight years at the latest.
AHEAD = timedelta(days=3660)


def days(rule: Rule, first: date, until: date) -> Iterator[date]:
    """The days of a rule from `first` on, in order, none after `until`.

    A date that does not exist (31 April, 29 February) is left out, as RFC 5545 says.
    """
    last = min(until, rule.until or until)
    left = rule.count
    whole = _complete(rule, first)
    for period in _periods(rule, first, last):
        for day in _chosen(whole, period):
            if day > last or left == 0:
                return
            if day >= first:
                yield day
                left = None if left is None else left - 1


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When a clock in this zone shows `at` on that day, in UTC.

    A time that the clock skips is taken as if it had not: 02:30 becomes 03:30 where 02:00 to 03:00 is
    missing. Of a time that comes twice it is the first.
    """
    # `fold` 0 is both: the offset from before the change (PEP 495).
    return datetime.combine(day, at.replace(fold=0), tzinfo=zone).astimezone(UTC)


def moments(
    rule: Rule, first: date, at: time, zone: ZoneInfo, after: datetime, until: datetime
) -> Iterator[datetime]:
    """The starts that a rule gives later than `after`, in UTC, none later than `until`."""
    for day in days(rule, first, until.astimezone(zone).date() + DAY):
        start = instant(day, at, zone)
        if after < start <= until:
            yield start


def upcoming(rule: Rule, first: date, at: time, zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    """The starts to come, as far as rules are followed."""
    return moments(rule, first, at, zone, now, now + AHEAD)


def check_ahead(
    rule: Rule, first: date, at: time, zone: ZoneInfo, minutes: int, now: datetime, number: int = 60
) -> None:
    """Raises PostError for a rule that gives nothing to come, or begins again before it has ended."""
    starts = upcoming(rule, first, at, zone, now)
    before = next(starts, None)
    if before is None:
        raise refused(_("This rule gives no day in the next ten years."))
    for start, _number in zip(starts, range(number), strict=False):
        if start - before < timedelta(minutes=minutes):
            raise refused(
                _("It would begin again before it has ended: make it shorter, or come more rarely.")
            )
        before = start


def _periods(rule: Rule, first: date, last: date) -> Iterator[Sequence[date]]:
    """The days of each round: a day, week, month or year, from the one that `first` is in."""
    match rule.frequency:
        case Frequency.DAILY:
            starts, length = _every(first, rule.interval, last), 1
        case Frequency.WEEKLY:
            begun = first - (first.weekday() - rule.week_start) % 7 * DAY
            starts, length = _every(begun, 7 * rule.interval, last), 7
        case Frequency.MONTHLY:
            return _months(first, rule.interval, last)
        case Frequency.YEARLY:
            return _years(first, rule.interval, last)
    return (_run(start, length) for start in starts)


def _every(start: date, step: int, last: date) -> Iterator[date]:
    while start <= last:
        yield start
        start += step * DAY


def _months(first: date, step: int, last: date) -> Iterator[Sequence[date]]:
    for number in range(12 * first.year + first.month - 1, 12 * last.year + last.month, step):
        year, month = number // 12, number % 12 + 1
        yield _run(date(year, month, 1), monthrange(year, month)[1])


def _years(first: date, step: int, last: date) -> Iterator[Sequence[date]]:
    for year in range(first.year, last.year + 1, step):
        yield _run(date(year, 1, 1), 365 + isleap(year))


def _run(start: date, length: int) -> list[date]:
    return [start + number * DAY for number in range(length)]


def _chosen(rule: Rule, period: Sequence[date]) -> list[date]:
    found = [day for day in period if _fits(rule, day)]
    if not rule.positions:
        return found
    places = {place - 1 if place > 0 else len(found) + place for place in rule.positions}
    return [day for number, day in enumerate(found) if number in places]


def _complete(rule: Rule, first: date) -> Rule:
    """What a rule leaves open is as on its first day."""
    if rule.weekdays or rule.month_days or rule.frequency == Frequency.DAILY:
        return rule
    if rule.frequency == Frequency.WEEKLY:
        return replace(rule, weekdays=((0, first.weekday()),))
    if rule.frequency == Frequency.YEARLY and not rule.months:
        return replace(rule, months=(first.month,), month_days=(first.day,))
    return replace(rule, month_days=(first.day,))


def _fits(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    length = monthrange(day.year, day.month)[1]
    if rule.month_days and not {day.day, day.day - length - 1} & set(rule.month_days):
        return False
    return not rule.weekdays or any(_is(rule, which, weekday, day) for which, weekday in rule.weekdays)


def _is(rule: Rule, which: int, weekday: int, day: date) -> bool:
    """Whether it is that weekday, and the right one of its month or year."""
    if day.weekday() != weekday:
        return False
    number, length = day.day, monthrange(day.year, day.month)[1]
    if rule.frequency == Frequency.YEARLY and not rule.months:
        number, length = day.timetuple().tm_yday, 365 + isleap(day.year)
    return which in (0, (number - 1) // 7 + 1, -((length - number) // 7 + 1))
