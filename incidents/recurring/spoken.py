"""A rule in a sentence, in the active language; what no form can say is shown as it is written."""

from datetime import date

from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from incidents.recurring.choices import Choice, Ends, Monthly, Repeats, chosen

PLACE_LABELS = {
    1: pgettext_lazy("which one of the month", "first"),
    2: pgettext_lazy("which one of the month", "second"),
    3: pgettext_lazy("which one of the month", "third"),
    4: pgettext_lazy("which one of the month", "fourth"),
    -1: pgettext_lazy("which one of the month", "last"),
}


def sentence(rule: str, first: date) -> str:
    """Such as "Every 2 weeks: Monday, Thursday, until 3 March 2027"."""
    choice = chosen(rule)
    if choice.repeats == Repeats.OWN:
        return _("By a rule of its own: %(rule)s") % {"rule": rule}
    return ", ".join(filter(None, (_with_days(choice, first), _end(choice))))


def _with_days(choice: Choice, first: date) -> str:
    days = _days(choice, first)
    often = _often(choice)
    return _("%(often)s: %(days)s") % {"often": often, "days": days} if days else often


def _often(choice: Choice) -> str:
    number = choice.every
    match choice.repeats:
        case Repeats.DAILY:
            said = ngettext("Every day", "Every %(number)d days", number)
        case Repeats.WEEKLY:
            said = ngettext("Every week", "Every %(number)d weeks", number)
        case Repeats.MONTHLY:
            said = ngettext("Every month", "Every %(number)d months", number)
        case _:
            said = ngettext("Every year", "Every %(number)d years", number)
    return said % {"number": number} if number != 1 else said


def _days(choice: Choice, first: date) -> str:
    match choice.repeats:
        case Repeats.WEEKLY:
            days = sorted(choice.weekdays) or [first.weekday()]
            return ", ".join(str(WEEKDAYS[day]) for day in days)
        case Repeats.MONTHLY:
            return _of_month(choice, first)
        case Repeats.YEARLY:
            return date_format(first, _("j F"), use_l10n=False)
    return ""


def _of_month(choice: Choice, first: date) -> str:
    if choice.monthly == Monthly.LAST_DAY:
        return _("the last day")
    if choice.monthly == Monthly.WEEKDAY:
        place, weekday = PLACE_LABELS[choice.place], WEEKDAYS[choice.weekday]
        return _("the %(place)s %(weekday)s") % {"place": place, "weekday": weekday}
    return _("day %(number)d") % {"number": first.day}


def _end(choice: Choice) -> str:
    if choice.ends == Ends.UNTIL and choice.until:
        return _("until %(day)s") % {"day": date_format(choice.until, _("j F Y"), use_l10n=False)}
    if choice.ends == Ends.COUNT and choice.count:
        said = ngettext("%(number)d time", "%(number)d times", choice.count)
        return said % {"number": choice.count}
    return ""
