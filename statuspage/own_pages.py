"""Components' own pages: which of them are made anew, and what only they show.

Read in the transaction of the snapshot, and for the components concerned alone: an update of one of a
thousand components costs what that one does.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from monitors.latency import charts
from monitors.latency.course import Course
from monitors.models import Component, Correction, FrozenMonth, Page
from monitors.proving.past import read
from monitors.proving.windows import LONGEST, proof_of
from statuspage import concerned as differing
from statuspage import summed
from statuspage.document import as_json
from statuspage.models import File
from statuspage.snapshot import ComponentState, Documents, Snapshot


def concerned(snapshot: Snapshot, page: Page, newer_than: datetime | None) -> tuple[ComponentState, ...]:
    """The components whose own pages the last release does not hold as they are now."""
    told = File.objects.filter(page=page, path="status.json", until=None).values_list("content", flat=True)
    last = None if newer_than is None else told.first()
    if last is None or newer_than is None:
        return snapshot.components
    ids = differing.concerned(json.loads(bytes(last)), as_json(snapshot)) | _proved_anew(page, newer_than)
    return tuple(component for component in snapshot.components if component.id in ids)


def _proved_anew(page: Page, newer_than: datetime) -> set[str]:
    """The components of which a month was closed or the past corrected since then."""
    about = "component__public_id"
    closed = FrozenMonth.objects.filter(component__page=page, frozen_at__gt=newer_than)
    corrected = Correction.objects.filter(component__page=page, made_at__gt=newer_than).order_by()
    return set(closed.values_list(about, flat=True).union(corrected.values_list(about, flat=True)))


def added(
    documents: Documents,
    snapshot: Snapshot,
    page: Page,
    newer_than: datetime | None,
    shown: tuple[ComponentState, ...],
    rows: Mapping[str, Component],
) -> Documents:
    """The documents with these components and all that only their own pages show.

    `rows` holds the components of the page by their ids; what is kept for good is read where it changed
    after `newer_than`.
    """
    if not shown:
        return documents
    of = [rows[component.id] for component in shown]
    pasts = read(page.pk, snapshot.generated_at - LONGEST, component_ids=[row.pk for row in of])
    # Their proofs reach as far as their histories, which were read before.
    proofs = proof_of(page, shown[0].history.until, pasts, {row.pk: row.sla_target for row in of})
    told = tuple((row.public_id, proofs[row.pk]) for row in of)
    documents = replace(
        documents, components=shown, proofs=told, latencies=_latencies(shown[0].history.until, of)
    )
    return summed.added(documents, snapshot, page, newer_than, of, pasts, proofs)


def _latencies(until: datetime, rows: list[Component]) -> tuple[tuple[str, Course], ...]:
    found = charts.whole_days([row.pk for row in rows], until)
    return tuple((row.public_id, found[row.pk]) for row in rows if row.pk in found)
