"""Figures of uptime as staff read them: percents to the last digit, and windows by their names."""

from datetime import date
from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from monitors.proving import months


def percent(millis: int | None) -> str:
    """Such as "99.871%" (French writes "99,871 %"); three decimals, never rounded."""
    if millis is None:
        return _("no data")
    number = number_format(Decimal(millis).scaleb(-3), 3)
    return f"{number}\N{NO-BREAK SPACE}%" if get_language() == "fr" else f"{number}%"


def window(key: str) -> str:
    """A key of `proof.WINDOWS`, or a month such as "2026-10"."""
    if key == "24h":
        return _("24 hours")
    if key.endswith("d"):
        days = int(key.removesuffix("d"))
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    month: date = months.called(key)
    return date_format(month, "YEAR_MONTH_FORMAT")
