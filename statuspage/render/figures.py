"""Uptime as figures in the reader's language: floored, never rounded up. Pure, exact."""

from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from statuspage.snapshot import History

# 100 % in thousandths of a percent.
WHOLE = 100_000


def percent(number: Decimal) -> str:
    """ "99.871%"; French writes "99,871 %"."""
    text = decimal(f"{number:f}")
    return f"{text}\N{NO-BREAK SPACE}%" if get_language() == "fr" else f"{text}%"


def decimal(text: str) -> str:
    """A number with the decimal sign of the language: "1.23"; French writes "1,23"."""
    return text.replace(".", ",") if get_language() == "fr" else text


def number(exact: Decimal) -> str:
    """ "7,776,000", "684.3": all of its decimals; French writes "7 776 000" and "684,3"."""
    text = f"{exact.normalize():,f}"
    if get_language() != "fr":
        return text
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")


def weight(text: str) -> str:
    """What a weight such as "0.3" takes of uptime: "30%"."""
    shifted = (Decimal(text) * 100).normalize()
    return percent(shifted.quantize(Decimal(1)) if shifted == shifted.to_integral_value() else shifted)


def uptime(history: History) -> str:
    """The uptime with what part of the time it speaks of, where that is not all of it."""
    return told(history.uptime_millis, history.coverage_millis)


def told(millis: int | None, coverage_millis: int) -> str:
    """The same of thousandths of a percent; None is no data."""
    if millis is None:
        return _("no data yet")
    figure = _("%(percent)s uptime") % {"percent": _floored(millis, 3)}
    if coverage_millis >= WHOLE:
        return figure
    if coverage_millis < 100:
        watched = _("watched less than %(percent)s of the time") % {"percent": percent(Decimal("0.1"))}
    else:
        watched = _("watched %(percent)s of the time") % {"percent": _floored(coverage_millis, 1)}
    return f"{figure}, {watched}"


def target(millis: int) -> str:
    """What was promised, exactly: "99.9%"."""
    return percent(Decimal(millis).scaleb(-3).normalize())


def _floored(millis: int, decimals: int) -> str:
    if millis >= WHOLE:
        return percent(Decimal(100))
    unit = 10 ** (3 - decimals)
    return percent(Decimal(millis // unit).scaleb(-decimals))
