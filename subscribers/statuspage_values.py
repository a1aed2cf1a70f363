"""Values as Atlassian Statuspage writes them, in its API and its webhooks. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from monitors.markdown import to_html
from monitors.status import Status

_UTC = ("UTC", "UCT", "Zulu", "Universal")


def timestamp(at: datetime, time_zone: str) -> str:
    """ISO 8601 with three fractional digits in the page's zone: `Z` for UTC, else its offset."""
    text = at.astimezone(ZoneInfo(time_zone)).isoformat(timespec="milliseconds")
    return f"{text.removesuffix('+00:00')}Z" if is_utc(time_zone) else text


def timestamp_or_null(at: datetime | None, time_zone: str) -> str | None:
    """The same of a time that there may not be."""
    return None if at is None else timestamp(at, time_zone)


def is_utc(time_zone: str) -> bool:
    """Whether this is one of UTC's many names."""
    return time_zone.removeprefix("Etc/") in _UTC


def status(of: Status) -> str:
    """A status as Statuspage knows it: it has no `unknown`."""
    return (Status.DEGRADED_PERFORMANCE if of == Status.UNKNOWN else of).value


def body(text: str) -> str:
    """Markdown as HTML; a single paragraph stands bare, as Statuspage's own texts do."""
    html = to_html(text)
    inner = html.removeprefix("<p>").removesuffix("</p>")
    return inner if html == f"<p>{inner}</p>" and "<p>" not in inner else html
