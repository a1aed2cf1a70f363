"""Staff reclassify a stretch of a component's past, and take that back: with a reason, in public.

Nothing that was observed or frozen is changed: a correction is a source of its own that wins over all
others, and every figure that it touches is kept with its digits before and after.
"""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from monitors import record
from monitors.markdown import clean
from monitors.models import Correction, CorrectionEntry, FrozenMonth
from monitors.proving import frozen, months
from monitors.proving.proof import EntryValue
from monitors.proving.touched import CorrectionError, Touched, Wanted, standing
from monitors.speaking import lock_components
from monitors.status import Status

# Characters of a reason.
LONGEST = 500


def preview(wanted: Wanted, now: datetime) -> tuple[EntryValue, ...]:
    """Every figure that it touches, before and after. Raises CorrectionError where it cannot be made."""
    return Touched(wanted, now).entries()


@transaction.atomic
def correct(
    wanted: Wanted,
    *,
    reason_en: str,
    reason_fr: str,
    author: User | None,
    now: datetime,
    seen: Sequence[EntryValue] | None = None,
) -> Correction:
    """Makes a correction with its ledger, and corrects the months that are frozen.

    `seen` are the digits that its author was shown. Raises CorrectionError, also where these are others by
    now.
    """
    reasons = {"reason_en": clean(reason_en).strip(), "reason_fr": clean(reason_fr).strip()}
    _check_reasons(reasons)
    # Whoever freezes a month or corrects another stretch of this component waits.
    lock_components([wanted.component.pk])
    touched = Touched(wanted, now)
    entries = touched.entries()
    if seen is not None and tuple(seen) != entries:
        raise CorrectionError("", _("Somebody corrected this meanwhile: look at the digits again."))
    correction = Correction.objects.create(
        component=wanted.component,
        start=wanted.start,
        end=wanted.end,
        status=wanted.status.value if wanted.status else "",
        takes_back=wanted.back,
        author=author,
        made_at=now,
        **reasons,
    )
    CorrectionEntry.objects.bulk_create(
        CorrectionEntry(
            correction=correction,
            figure=entry.key,
            before=entry.before,
            after=entry.after,
            coverage_before=entry.coverage_before,
            coverage_after=entry.coverage_after,
        )
        for entry in entries
    )
    _write(correction)
    for row in touched.months:
        _amend(row)
    record.touch([wanted.component.page_id], now)
    return correction


def _check_reasons(reasons: dict[str, str]) -> None:
    if not any(reasons.values()):
        raise CorrectionError("reason_en", _("Write in at least one language why: everybody reads it."))
    for field, reason in reasons.items():
        if len(reason) > LONGEST:
            sentence = _("This is %(length)d characters long; at most %(longest)d are possible.")
            raise CorrectionError(field, sentence % {"length": len(reason), "longest": LONGEST})


def _write(correction: Correction) -> None:
    """Says it as a source, or says what was taken back no more."""
    if correction.takes_back_id is not None:
        record.rewrite(frozen.source(correction.takes_back_id), {correction.component_id: []})
    else:
        said = (correction.start, correction.end, Status(correction.status))
        record.rewrite(frozen.source(correction.pk), {correction.component_id: [said]})


def _amend(row: FrozenMonth) -> None:
    months.fill(row, frozen.overlaid(frozen.from_json(row.base), standing(row.component_id)))
    row.sequence += 1
    row.save(update_fields=["intervals", "spent", "uptime_millis", "coverage_millis", "sequence"])
