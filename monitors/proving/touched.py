"""What a correction would change: every figure that it reaches into, before and after. Writes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from monitors.instants import instant, moment
from monitors.models import Component, Correction, FrozenMonth, Page
from monitors.proving import frozen, months
from monitors.proving.past import Past, last_change, read
from monitors.proving.proof import EntryValue, Figure
from monitors.proving.reckoning import Reckoner
from monitors.proving.windows import LONGEST
from monitors.showing import moment as told
from monitors.spans import Said, T, lay, merged
from monitors.status import Status
from monitors.uptime import as_of

# Newer than every correction there is: what one would change is reckoned before it has a number.
_NEXT = 2**62


class CorrectionError(Exception):
    """Why something cannot be corrected: a sentence, and the name of a field where there is one."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a correction would say: of `component` from `start` until `end`; no status takes `back` back."""

    component: Component
    start: datetime
    end: datetime
    status: Status | None
    back: Correction | None = None

    @classmethod
    def taking_back(cls, correction: Correction) -> "Wanted":
        """The end of a correction."""
        return cls(correction.component, correction.start, correction.end, None, correction)


def standing(component_id: int) -> list[Said[datetime]]:
    """What corrections of a component say that were not taken back."""
    rows = Correction.objects.filter(component=component_id, taken_back=None).exclude(status="")
    return [(frozen.source(row.pk), Status(row.status), row.start, row.end) for row in rows]


class Touched:
    """What a correction touches, reckoned from what is there. Raises CorrectionError."""

    def __init__(self, wanted: Wanted, now: datetime) -> None:
        self.wanted = wanted
        component = wanted.component
        # Read anew: a zone or a weight may have changed since the component was read.
        page = Page.every.get(pk=component.page_id)
        self.past = read(page.pk, min(now - LONGEST, wanted.start), component_ids=[component.pk])[
            component.pk
        ]
        _check(wanted, self.past, page, now)
        last = last_change(page.pk, as_of(now, None), now)
        # The end of a correction is a change like any other.
        self.reckoner = Reckoner(page, as_of(now, max(last or wanted.end, wanted.end)))
        rows = FrozenMonth.objects.filter(component=component)
        self.months = list(rows.filter(start__lt=wanted.end, end__gt=wanted.start).order_by("month"))

    def entries(self) -> tuple[EntryValue, ...]:
        """The digits of every figure that it reaches into. Raises CorrectionError where nothing changes."""
        start, end = instant(self.wanted.start), instant(self.wanted.end)
        after = Past.of(self.past.since, _changed(self.past.spans, self.wanted, start, end))
        same = lay(self.past.spans, start, end, merged) == lay(after.spans, start, end, merged)
        corrected = [self._corrected(row) for row in self.months]
        # Of a frozen month it is what was frozen that counts, whatever its spans became since.
        same = same and all(map(_alike, self.months, corrected))
        if same and self.wanted.back is None:
            raise CorrectionError("status", _("That is what stands there already: nothing would change."))
        rolling = zip(self._open(self.past), self._open(after), strict=True)
        return (*map(_month, self.months, corrected), *(_entry(*pair) for pair in rolling))

    def _open(self, past: Past) -> list[Figure]:
        """The figures that are not frozen and that it reaches into: months first."""
        reckoner, wanted = self.reckoner, self.wanted
        stretches = reckoner.watched(past)
        found = reckoner.figures(stretches, [reckoner.month, *reckoner.windows])
        figures = [found[window.key] for window in [reckoner.month, *reckoner.windows]]
        if reckoner.last_month.key not in {months.named(row.month) for row in self.months}:
            figures.insert(0, reckoner.closed(stretches))
        return [each for each in figures if each.start < wanted.end and each.end > wanted.start]

    def _corrected(self, row: FrozenMonth) -> FrozenMonth:
        """A frozen month as it would be."""
        said = _changed(standing(row.component_id), self.wanted, self.wanted.start, self.wanted.end)
        return months.again(row, frozen.overlaid(frozen.from_json(row.base), said))


def _check(wanted: Wanted, past: Past, page: Page, now: datetime) -> None:
    if wanted.back is not None:
        if not wanted.back.status:
            raise CorrectionError("", _("This takes another correction back: correct the time anew instead."))
        if Correction.objects.filter(takes_back=wanted.back).exists():
            raise CorrectionError("", _("This was taken back already."))
        return
    if wanted.end <= wanted.start:
        raise CorrectionError("end", _("It ends after it begins."))
    if wanted.end > now:
        raise CorrectionError("end", _("Only what is past can be corrected."))
    if past.since is None:
        raise CorrectionError("start", _("Nobody ever watched this component."))
    if instant(wanted.start) < past.since:
        first = told(moment(past.since), page.time_zone)
        sentence = _("This component was first watched on %(time)s: before that nothing counts.")
        raise CorrectionError("start", sentence % {"time": first})


def _changed(spans: Iterable[Said[T]], wanted: Wanted, start: T, end: T) -> list[Said[T]]:
    """What is said, with the correction or without the one that it takes back."""
    gone = frozen.source(wanted.back.pk) if wanted.back else ""
    said = [span for span in spans if span[0] != gone]
    if wanted.status is not None:
        said.append((frozen.source(_NEXT), wanted.status, start, end))
    return said


def _alike(before: FrozenMonth, after: FrozenMonth) -> bool:
    """Whether a month was the same at each moment, whoever says so."""
    return frozen.statuses(before.intervals) == frozen.statuses(after.intervals)


def _month(before: FrozenMonth, after: FrozenMonth) -> EntryValue:
    return EntryValue(
        months.named(before.month),
        before.uptime_millis,
        after.uptime_millis,
        before.coverage_millis,
        after.coverage_millis,
    )


def _entry(before: Figure, after: Figure) -> EntryValue:
    return EntryValue(before.key, before.millis, after.millis, before.coverage_millis, after.coverage_millis)
