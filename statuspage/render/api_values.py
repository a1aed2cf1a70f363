"""Values of API v2: timestamps and statuses. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from monitors.status import Status
from statuspage.render.times import zone_words


def timestamp(at: datetime, time_zone: str) -> str:
    """ISO 8601 with three fractional digits in the page's zone: `Z` for UTC, else its offset."""
    text = at.astimezone(ZoneInfo(time_zone)).isoformat(timespec="milliseconds")
    return f"{text.removesuffix('+00:00')}Z" if zone_words(time_zone) == "UTC" else text


def timestamp_or_null(at: datetime | None, time_zone: str) -> str | None:
    """The same of a time that there may not be."""
    return None if at is None else timestamp(at, time_zone)


def status(of: Status) -> str:
    """A status as the API knows it: it has no `unknown`."""
    return (Status.DEGRADED_PERFORMANCE if of == Status.UNKNOWN else of).value
