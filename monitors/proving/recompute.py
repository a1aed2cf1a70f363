"""Reckons every closed month anew from its spans, and names whatever differs from what was frozen.

Reads only. A difference is either a change of the past that no correction tells of, such as an incident's
times, or damage.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from monitors.models import Component, FrozenMonth, Page
from monitors.proving import frozen, months, touched
from monitors.proving.past import read


@dataclass(frozen=True, slots=True)
class Difference:
    """What of a month is another: `what` as staff call it, as it is kept, and as it is reckoned now."""

    component: Component
    month: str
    what: str
    kept: str
    found: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A month of a page: of how many components, and where they differ."""

    page: Page
    month: str
    components: int
    differences: tuple[Difference, ...]


def recompute(page: Page, month: date | None = None) -> Iterator[Checked]:
    """Every closed month of a page, or the one, the earliest first."""
    rows = FrozenMonth.objects.filter(component__page=page).select_related("component")
    if month is not None:
        rows = rows.filter(month=month)
    for each in rows.order_by("month").values_list("month", flat=True).distinct():
        found = list(rows.filter(month=each).order_by("component__position", "component_id"))
        yield Checked(page, months.named(each), len(found), tuple(_differences(page, found)))


def _differences(page: Page, rows: list[FrozenMonth]) -> Iterator[Difference]:
    # Pages whose zone changed have months of the same name with other bounds.
    start, end = min(row.start for row in rows), max(row.end for row in rows)
    pasts = read(page.pk, start, end, [row.component_id for row in rows])
    for row in rows:
        again = months.again(row, months.merged(pasts[row.component_id], row.start, row.end))
        base = frozen.from_json(row.base)
        corrected = months.again(row, frozen.overlaid(base, touched.standing(row.component_id)))
        for other, whose in ((again, "reckoned from spans"), (corrected, "as frozen, with its corrections")):
            yield from _compare(row, other, whose)


def _compare(row: FrozenMonth, other: FrozenMonth, whose: str) -> Iterator[Difference]:
    for name, what in (
        ("uptime_millis", "uptime"),
        ("coverage_millis", "coverage"),
        ("spent", "time by status"),
        ("intervals", "intervals"),
    ):
        kept, found = getattr(row, name), getattr(other, name)
        if kept != found:
            month = months.named(row.month)
            yield Difference(row.component, month, f"{what} {whose}", _said(kept), _said(found))


def _said(value: object) -> str:
    return f"{len(value)} of them" if isinstance(value, list) else str(value)
