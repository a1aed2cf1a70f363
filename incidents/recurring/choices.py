"""A rule as people choose it in a form, and back: what no form can say is their own rule. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from incidents.recurring.rule import WEEKDAYS, Frequency, Rule, read
from incidents.words import PostError


class Repeats(StrEnum):
    """How often it comes again."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    YEARLY = "yearly"
    OWN = "own"


class Monthly(StrEnum):
    """On which day of a month: that of the first one, the last, or such as the second Tuesday."""

    DAY = "day"
    LAST_DAY = "last_day"
    WEEKDAY = "weekday"


class Ends(StrEnum):
    """When it ends."""

    NEVER = "never"
    UNTIL = "until"
    COUNT = "count"


# Which weekday of a month a form offers; -1 is the last.
PLACES = (1, 2, 3, 4, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody chose; weekdays are counted from Monday, 0."""

    repeats: Repeats = Repeats.WEEKLY
    every: int = 1
    weekdays: Sequence[int] = ()
    monthly: Monthly = Monthly.DAY
    place: int = 1
    weekday: int = 0
    ends: Ends = Ends.NEVER
    until: date | None = None
    count: int | None = None
    rule: str = ""


def written(choice: Choice) -> str:
    """The rule that a choice is."""
    if choice.repeats == Repeats.OWN:
        return choice.rule
    parts = [f"FREQ={choice.repeats.upper()}"]
    if choice.every != 1:
        parts.append(f"INTERVAL={choice.every}")
    if choice.repeats == Repeats.WEEKLY and choice.weekdays:
        parts.append("BYDAY=" + ",".join(WEEKDAYS[day] for day in sorted(choice.weekdays)))
    if choice.repeats == Repeats.MONTHLY and choice.monthly == Monthly.LAST_DAY:
        parts.append("BYMONTHDAY=-1")
    if choice.repeats == Repeats.MONTHLY and choice.monthly == Monthly.WEEKDAY:
        parts.append(f"BYDAY={choice.place}{WEEKDAYS[choice.weekday]}")
    if choice.ends == Ends.UNTIL and choice.until:
        parts.append(f"UNTIL={choice.until:%Y%m%d}")
    if choice.ends == Ends.COUNT and choice.count:
        parts.append(f"COUNT={choice.count}")
    return ";".join(parts)


def chosen(text: str) -> Choice:
    """What somebody chose where this is the rule of it; else it is their own."""
    try:
        rule = read(text)
    except PostError:
        return Choice(repeats=Repeats.OWN, rule=text)
    choice = _choice(rule)
    return choice if read(written(choice)) == rule else Choice(repeats=Repeats.OWN, rule=text)


def _choice(rule: Rule) -> Choice:
    """The nearest that a form can say."""
    monthly, place, weekday = Monthly.DAY, 1, 0
    if rule.month_days == (-1,):
        monthly = Monthly.LAST_DAY
    elif rule.frequency == Frequency.MONTHLY and len(rule.weekdays) == 1 and rule.weekdays[0][0] in PLACES:
        monthly, (place, weekday) = Monthly.WEEKDAY, rule.weekdays[0]
    return Choice(
        repeats=Repeats(rule.frequency.lower()),
        every=rule.interval,
        weekdays=[day for _place, day in rule.weekdays] if rule.frequency == Frequency.WEEKLY else (),
        monthly=monthly,
        place=place,
        weekday=weekday,
        ends=Ends.UNTIL if rule.until else Ends.COUNT if rule.count else Ends.NEVER,
        until=rule.until,
        count=rule.count,
    )
