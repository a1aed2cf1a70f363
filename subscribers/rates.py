"""Reads MAIL_RATES: how many mails may go to a domain, and in all ("*"). Pure."""

import re
from collections.abc import Mapping
from datetime import timedelta

# By domain: the time from one mail to the next.
Rates = Mapping[str, timedelta]
ALL = "*"
_RATE = re.compile(r"(\*|[a-z0-9-]+(?:\.[a-z0-9-]+)+)=(\d{1,6}(?:\.\d{1,3})?)/([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def parse(text: str) -> Rates:
    """Read "*=50/s gmail.com=20/s example.org=100/m". Raises ValueError that says what is wrong."""
    rates: dict[str, timedelta] = {}
    for word in re.split(r"[\s,]+", text.strip().lower()) if text.strip() else []:
        found = _RATE.fullmatch(word)
        if not found or not float(found[2]):
            raise ValueError(f"MAIL_RATES: “{word}” is not like gmail.com=20/s, *=50/s or example.org=100/m.")
        if found[1] in rates:
            raise ValueError(f"MAIL_RATES names {found[1]} twice.")
        rates[found[1]] = timedelta(seconds=_SECONDS[found[3]] / float(found[2]))
    return rates
