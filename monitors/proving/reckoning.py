"""The windows of a page until one moment, and the figures of stretches in them.

No query of its own: what was said of a component comes as its `Past`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitors.days import Stretch
from monitors.instants import instant, length
from monitors.models import Page
from monitors.proving import months
from monitors.proving.past import Past
from monitors.proving.proof import WINDOWS, Figure
from monitors.spans import lay, merged
from monitors.status import Status
from monitors.uptime import Costs, coverage_of, cut, millis_of, spent_from


@dataclass(frozen=True, slots=True)
class Window:
    """A rolling window or a month of a page, and its instants."""

    key: str
    start: datetime
    end: datetime


class Reckoner:
    """The windows of one page until one moment."""

    def __init__(self, page: Page, until: datetime) -> None:
        self.zone = ZoneInfo(page.time_zone)
        self.until = until
        self.weights = months.weights_of(page)
        self.costs = self.weights.thousandths()
        self.today = until.astimezone(self.zone).date()
        self.windows = [Window(key, self._start(key), until) for key in WINDOWS]
        start, self.month_end = months.bounds(self.zone, self.today)
        self.month = Window(months.named(self.today), start, until)
        last = self.today.replace(day=1) - timedelta(days=1)
        self.last_month = Window(months.named(last), *months.bounds(self.zone, last))
        self.first = min(window.start for window in [*self.windows, self.last_month])

    def _start(self, key: str) -> datetime:
        if key == "24h":
            return self.until - timedelta(hours=24)
        day = self.today - timedelta(days=int(key.removesuffix("d")) - 1)
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def watched(self, past: Past) -> list[Stretch]:
        """What the component was since the first window began or it was first watched."""
        if past.since is None:
            return []
        return lay(past.spans, max(past.since, instant(self.first)), instant(self.until), merged)

    def figures(self, stretches: Sequence[Stretch], windows: Collection[Window]) -> dict[str, Figure]:
        """The figures of windows that end now."""
        latest_first = sorted(windows, key=lambda window: window.start, reverse=True)
        spents = spent_from(stretches, [instant(window.start) for window in latest_first])
        return {
            window.key: figure(window, spent, self.costs)
            for window, spent in zip(latest_first, spents, strict=True)
        }

    def closed(self, stretches: Sequence[Stretch]) -> Figure:
        """The last month before it is frozen."""
        start, end = instant(self.last_month.start), instant(self.last_month.end)
        [spent] = spent_from(cut(stretches, start, end), [start])
        return figure(self.last_month, spent, self.costs)


def figure(window: Window, spent: Mapping[Status, int], costs: Costs) -> Figure:
    """A figure from the microseconds in each status."""
    whole = (window.end - window.start) // length(1)
    return Figure(
        key=window.key,
        start=window.start,
        end=window.end,
        millis=millis_of(spent, costs),
        coverage_millis=coverage_of(spent, whole),
        spent=tuple((status, length(spent[status])) for status in Status if spent.get(status)),
        unwatched=length(whole - sum(spent.values())),
    )
