"""Times as whole microseconds since 1970 (UTC), for where there are many of them. Pure and exact.

Reading a time from the database as such a number costs a tenth of reading it as a datetime.
"""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# In microseconds.
SECOND = 1_000_000
# One bound of a range as such a number, null where it is open: PostgreSQL extracts exact decimals.
SQL = "(extract(epoch FROM {}) * 1000000)::bigint"


def instant(at: datetime) -> int:
    """A time as a number."""
    return (at - EPOCH) // MICROSECOND


def moment(number: int) -> datetime:
    """The time (UTC) of a number."""
    return EPOCH + timedelta(microseconds=number)


def length(number: int) -> timedelta:
    """So many microseconds."""
    return timedelta(microseconds=number)
