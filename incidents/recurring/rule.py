"""What a rule of recurrence says (RFC 5545, section 3.3.10), read strictly. Pure.

Only days recur: the time of day is the series' own, so whatever would come more than once a day is
refused, and no rule that is read here can cost more than a look at each day.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from django.utils.translation import gettext as _

from incidents.words import PostError

LENGTH = 300
INTERVAL, COUNT = 366, 1000
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(rf"([+-]?\d{{1,2}})?({'|'.join(WEEKDAYS)})")
_NUMBER = re.compile(r"[+-]?\d{1,4}")

Value = TypeVar("Value")


class Frequency(StrEnum):
    """What is counted from one round to the next."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was read; empty parts say nothing.

    `weekdays` are (which one of the month or year, weekday): 0 for each of them, -1 for the last.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0


def read(text: str) -> Rule:
    """The rule that a text is. Raises PostError for anything else, naming what is wrong."""
    text = "".join(text.split()).upper().removeprefix("RRULE:")
    if not text:
        raise refused(_("Write a rule, such as FREQ=MONTHLY;BYDAY=1TU."))
    if len(text) > LENGTH:
        raise refused(_("A rule has at most %(length)d characters.") % {"length": LENGTH})
    parts: dict[str, str] = {}
    for part in text.removesuffix(";").split(";"):
        name, _equals, value = part.partition("=")
        if name not in _READERS:
            raise refused(_("“%(part)s” cannot stand in a rule here.") % {"part": part[:40]})
        if name in parts:
            raise refused(_("“%(part)s” stands twice in this rule.") % {"part": name})
        parts[name] = value
    return _checked(Rule(**_values(parts)))  # type: ignore[arg-type]


def refused(sentence: str) -> PostError:
    """Why a rule cannot be taken."""
    return PostError("rule", sentence)


def _values(parts: Mapping[str, str]) -> dict[str, object]:
    if "FREQ" not in parts:
        raise refused(_("A rule says how often: DAILY, WEEKLY, MONTHLY or YEARLY after FREQ=."))
    values: dict[str, object] = {}
    for name, value in parts.items():
        field, reader = _READERS[name]
        try:
            values[field] = reader(value)
        except ValueError:
            said = f"{name}={value}"[:40]
            raise refused(_("“%(part)s” cannot be understood or is too much.") % {"part": said}) from None
    return values


def _checked(rule: Rule) -> Rule:
    by_month = rule.frequency in (Frequency.MONTHLY, Frequency.YEARLY)
    if rule.count is not None and rule.until is not None:
        raise refused(_("A rule ends by COUNT or by UNTIL, not by both."))
    if not by_month and any(which for which, _weekday in rule.weekdays):
        raise refused(_("Which weekday of a month can only be said with MONTHLY or YEARLY."))
    if rule.positions and not (by_month and (rule.weekdays or rule.month_days)):
        raise refused(_("BYSETPOS chooses among the BYDAY or BYMONTHDAY of MONTHLY or YEARLY."))
    return rule


def _number(least: int, most: int) -> Callable[[str], int]:
    def read_number(text: str) -> int:
        if not text.isascii() or not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    return read_number


def _list(read_one: Callable[[str], Value]) -> Callable[[str], tuple[Value, ...]]:
    def read_list(text: str) -> tuple[Value, ...]:
        return tuple(dict.fromkeys(read_one(each) for each in text.split(",")))

    return read_list


def _not_zero(most: int) -> Callable[[str], int]:
    read_number = _number(-most, most)

    def read_position(text: str) -> int:
        number = read_number(text)
        if not number:
            raise ValueError(text)
        return number

    return read_position


def _weekday(text: str) -> tuple[int, int]:
    found = _WEEKDAY.fullmatch(text) if text.isascii() else None
    if found is None:
        raise ValueError(text)
    which = _not_zero(53)(found[1]) if found[1] else 0
    return which, WEEKDAYS.index(found[2])


def _day(text: str) -> date:
    if not re.fullmatch(r"[0-9]{8}", text):
        raise refused(_("Write UNTIL as a day, such as UNTIL=20271231."))
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


_READERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "FREQ": ("frequency", Frequency),
    "INTERVAL": ("interval", _number(1, INTERVAL)),
    "COUNT": ("count", _number(1, COUNT)),
    "UNTIL": ("until", _day),
    "BYMONTH": ("months", _list(_number(1, 12))),
    "BYMONTHDAY": ("month_days", _list(_not_zero(31))),
    "BYDAY": ("weekdays", _list(_weekday)),
    "BYSETPOS": ("positions", _list(_not_zero(366))),
    "WKST": ("week_start", WEEKDAYS.index),
}
