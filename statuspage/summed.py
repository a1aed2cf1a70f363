"""The sums behind the figures of components, and what the incidents and maintenances in them are called.

Three queries at most, whatever the number of components. Closed months are read where they may differ from
what was published: they seldom do.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Concat

from incidents.models import Incident, Maintenance
from monitors.models import Component, Page
from monitors.proving import sums
from monitors.proving.months import weights_of
from monitors.proving.past import Past
from monitors.proving.proof import Proof, Sum
from monitors.proving.windows import oldest
from monitors.status import Source
from statuspage.snapshot import Documents, Snapshot, Text

Sums = tuple[tuple[str, tuple[Sum, ...]], ...]


def added(
    documents: Documents,
    snapshot: Snapshot,
    page: Page,
    newer_than: datetime | None,
    rows: Sequence[Component],
    pasts: Mapping[int, Past],
    proofs: Mapping[int, Proof],
) -> Documents:
    """The documents with the sums of these components, of closed months where they may have changed since."""
    weights = weights_of(page)
    running = tuple((row.public_id, sums.running(proofs[row.pk], pasts[row.pk], weights)) for row in rows)
    named = {id_ for each in documents.incidents for id_ in each.component_ids}
    named |= {id_ for each in documents.maintenances for id_ in each.component_ids}
    since = {row.pk: None if row.public_id in named else newer_than for row in rows}
    closed = _closed(page, [row for row in rows if _frozen(proofs[row.pk], since[row.pk])], proofs)
    sources = {row.source for _id, each in (*running, *closed) for one in each for row in one.rows}
    titles = {source: title for source, title in _known(documents, snapshot) if source in sources}
    titles |= _titles(page, sources - set(titles))
    told = tuple(sorted(titles.items(), key=itemgetter(0)))
    return replace(documents, sums=running, closed=closed, titles=told)


def _frozen(proof: Proof, since: datetime | None) -> bool:
    """Whether there are closed months, and one was frozen or the past corrected since then (None: ever)."""
    frozen = [month.frozen_at for month in proof.months if month.frozen_at is not None]
    times = [*frozen, *(each.made_at for each in proof.corrections)]
    return bool(frozen) and (since is None or any(at > since for at in times))


def _known(documents: Documents, snapshot: Snapshot) -> Iterator[tuple[str, Text]]:
    for incident in (*snapshot.incidents, *documents.incidents):
        yield f"{Source.INCIDENT}:{incident.id}", incident.title
    for work in (*snapshot.maintenances, *documents.maintenances):
        yield f"{Source.MAINTENANCE}:{work.id}", work.title


def _closed(page: Page, rows: Sequence[Component], proofs: Mapping[int, Proof]) -> Sums:
    if not rows:
        return ()
    until = proofs[rows[0].pk].until
    found = sums.closed([row.pk for row in rows], oldest(until.astimezone(ZoneInfo(page.time_zone)).date()))
    return tuple((row.public_id, found[row.pk]) for row in rows if row.pk in found)


def _titles(page: Page, named: AbstractSet[str]) -> dict[str, Text]:
    """Of sources that the snapshot does not tell of, those that have a page of their own, or lead to one."""
    standing = Incident.everything.filter(Q(withdrawn_at=None) | Q(merged_into__isnull=False), page=page)
    incidents = _named(standing, Source.INCIDENT, named)
    told = incidents.union(_named(Maintenance.objects.filter(page=page), Source.MAINTENANCE, named))
    return {source: Text(en, fr) for source, en, fr in told}


def _named(happenings: QuerySet[Any], kind: Source, sources: AbstractSet[str]) -> QuerySet[Any, Any]:
    ids = [source.partition(":")[2] for source in sources if source.startswith(f"{kind}:")]
    source = Concat(Value(f"{kind}:"), "public_id", output_field=CharField())
    return happenings.filter(public_id__in=ids).order_by().values_list(source, "title_en", "title_fr")
