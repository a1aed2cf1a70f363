"""When a delivery that did not get through is tried again, or no more. Pure.

The wait is the channel's schedule, stretched by what the receiver asks for but never beyond an hour.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from subscribers.channels.base import Outcome, Result

# What a receiver's Retry-After may ask for at most.
PATIENCE = timedelta(hours=1)
# Attempts at what we ourselves cannot make before it is parked for staff.
BROKEN_ATTEMPTS = 5


def next_due(
    outcome: Outcome, attempts: int, schedule: Sequence[timedelta], now: datetime, jitter: float
) -> datetime | None:
    """When to try again after `attempts` attempts, the last with this outcome; None: never.

    `jitter` stretches or shrinks the wait, so that what failed together does not come back together.
    """
    if outcome.result in (Result.SENT, Result.REFUSED, Result.GONE):
        return None
    last = BROKEN_ATTEMPTS if outcome.result == Result.BROKEN else len(schedule)
    if attempts >= min(last, len(schedule)):
        return None
    asked = min(max(outcome.retry_after or timedelta(), timedelta()), PATIENCE)
    return now + max(schedule[attempts] * jitter, asked)
