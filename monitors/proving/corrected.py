"""What staff corrected, as it is told in public: the ledger of each component. Two queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from monitors.models import Correction, CorrectionEntry
from monitors.proving.proof import CorrectionValue, EntryValue
from monitors.status import Status


def of(component_ids: Collection[int]) -> dict[int, list[CorrectionValue]]:
    """All corrections of components (by primary key), the newest first."""
    rows = list(Correction.objects.filter(component__in=list(component_ids)).order_by("-pk"))
    later = {row.takes_back_id: row.pk for row in rows if row.takes_back_id is not None}
    told = entries(row.pk for row in rows)
    found: dict[int, list[CorrectionValue]] = defaultdict(list)
    for row in rows:
        found[row.component_id].append(_value(row, later.get(row.pk), tuple(told[row.pk])))
    return found


def entries(correction_ids: Iterable[int]) -> dict[int, list[EntryValue]]:
    """The figures that each of some corrections (primary keys) changed."""
    found: dict[int, list[EntryValue]] = defaultdict(list)
    for row in CorrectionEntry.objects.filter(correction__in=list(correction_ids)).order_by("pk"):
        found[row.correction_id].append(
            EntryValue(row.figure, row.before, row.after, row.coverage_before, row.coverage_after)
        )
    return found


def _value(row: Correction, taken_back_by: int | None, entries: tuple[EntryValue, ...]) -> CorrectionValue:
    return CorrectionValue(
        id=row.pk,
        start=row.start,
        end=row.end,
        status=Status(row.status) if row.status else None,
        reason_en=row.reason_en,
        reason_fr=row.reason_fr,
        made_at=row.made_at,
        takes_back=row.takes_back_id,
        taken_back_by=taken_back_by,
        entries=entries,
    )
