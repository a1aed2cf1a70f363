"""Lengths of time as people write them: 45s, 15m, 1h 30m, 7d; a number alone is seconds."""

import re
from datetime import timedelta

from monitors.probes.fields import ConfigError
from monitors.reasons import N_

SPELT = re.compile(
    "(?:(?P<d>[0-9]{1,7}) ?d)? ?(?:(?P<h>[0-9]{1,7}) ?h)? ?"
    "(?:(?P<m>[0-9]{1,7}) ?m)? ?(?:(?P<s>[0-9]{1,7}) ?s)?"
)
ALONE = re.compile("(?P<s>[0-9]{1,7})")
SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(days=31)


def read_period(field: str, text: str) -> timedelta:
    """From a second to 31 days. Raises ConfigError naming `field`."""
    # One space is as good as a thousand, over which the pattern would try every way to share them.
    spelt = " ".join(text.lower().split())
    match = ALONE.fullmatch(spelt) or SPELT.fullmatch(spelt)
    counts = match.groupdict().items() if match else ()
    period = timedelta(seconds=sum(SECONDS[unit] * int(count or 0) for unit, count in counts))
    if not SHORTEST <= period <= LONGEST:
        raise ConfigError(field, N_("Write a time from 1s to 31d, such as 90s, 15m, 1h 30m or 7d."))
    return period
