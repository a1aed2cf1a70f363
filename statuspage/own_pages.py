"""Components' own pages: which of them are made anew, and what only they show.

Read in the transaction of the snapshot, and for the components concerned alone: an update of one of a
thousand components costs what that one does.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from monitors.models import Component, Correction, FrozenMonth, Page
from monitors.proof import Proof
from monitors.windows import proof_of
from statuspage import concerned as differing
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
    corrected = Correction.objects.filter(component__page=page, made_at__gt=newer_than)
    return set(closed.values_list(about, flat=True)) | set(corrected.values_list(about, flat=True))


def added(
    documents: Documents,
    page: Page,
    now: datetime,
    shown: tuple[ComponentState, ...],
    rows: Mapping[str, Component],
) -> Documents:
    """The documents with these components and all that only their own pages show.

    `rows` holds the components of the page by their ids.
    """
    if not shown:
        return documents
    of = [rows[component.id] for component in shown]
    # Their proofs reach as far as their histories, which were read before.
    return replace(documents, components=shown, proofs=_proofs(page, now, shown[0].history.until, of))


def _proofs(
    page: Page, now: datetime, until: datetime, rows: list[Component]
) -> tuple[tuple[str, Proof], ...]:
    found = proof_of(page, now, until, {row.pk: row.sla_target for row in rows})
    return tuple((row.public_id, found[row.pk]) for row in rows)
