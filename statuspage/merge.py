"""Takes over what was posted with the emergency tool: each update and each declaration exactly once.

Only what the page's emergency key signed counts. Everything is one transaction: updates, what they say of
components, their notices, and who was told already. Killed in the middle it did nothing, done twice it
does nothing more, and two at once follow each other.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from incidents import lifecycle, post
from incidents.lifecycle import CLOSED, IncidentStatus
from incidents.models import Incident, Update
from monitors import record
from monitors.models import Component, Page
from monitors.status import Status
from statuspage.document import snapshot_from
from statuspage.emergency import account
from statuspage.emergency.account import Entry, Fate
from statuspage.installation import installation
from statuspage.locks import Lock
from statuspage.people import audit
from statuspage.publish import PublishError, Target
from statuspage.publish.errors import gettext_noop
from statuspage.signing import verify
from statuspage.snapshot import IncidentState, Snapshot, UpdateState
from subscribers import outbox

log = logging.getLogger(__name__)

# Bytes of a status document; that of 1,000 components and 50 long incidents has under 5 MB.
LONGEST = 32_000_000


@dataclass(frozen=True, slots=True)
class Imported:
    """How many updates and declarations were new here, and how many deliveries others took care of."""

    updates: int = 0
    declarations: int = 0
    deliveries: int = 0


def take_over(target: Target, page: Page, now: datetime) -> None:
    """Imports what the emergency tool published at a target. Raises PublishError.

    Nothing happens where it was interrupted before it changed what we had published there.
    """
    snapshot = read(target, page)
    if snapshot is not None:
        imported = bring_in(snapshot, told(target, page, snapshot.sequence), page, now)
        log.info("page %s, emergency release %s: %s", page.pk, snapshot.sequence, imported)


def read(target: Target, page: Page) -> Snapshot | None:
    """What the emergency tool published; None where the status there is our own. Raises PublishError."""
    content, signature = target.read("status.json") or b"", target.read("status.json.sig") or b""
    if len(content) > LONGEST:
        raise PublishError(gettext_noop("The status.json there is too long to be ours."))
    if not (page.emergency_key and verify(page.emergency_key, content, signature)):
        if verify(installation().signer.public, content, signature):
            return None
        raise PublishError(gettext_noop("The status.json there is not signed by the emergency key."))
    try:
        snapshot = snapshot_from(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PublishError(gettext_noop("The status.json there is of another version.")) from error
    if snapshot.page.id != page.public_id:
        raise PublishError(gettext_noop("The status.json there is another page’s."))
    return snapshot


def told(target: Target, page: Page, sequence: int) -> tuple[Entry, ...]:
    """Whom the emergency tool told, or may have; it tells nobody else after this. Raises PublishError."""
    private = target.private
    if private is None:
        return ()
    private.put(account.TAKEN, account.marked(page.public_id, sequence, installation().signer))
    content = private.get(account.ACCOUNT)
    if content is None:
        return ()
    if not verify(page.emergency_key, content, private.get(account.ACCOUNT_SIGNATURE) or b""):
        raise PublishError(gettext_noop("The journal of the emergency tool is not signed by its key."))
    try:
        return account.decoded(content, page.public_id).entries
    except ValueError as error:
        raise PublishError(gettext_noop("The journal of the emergency tool cannot be read.")) from error


@transaction.atomic
def bring_in(snapshot: Snapshot | None, entries: Iterable[Entry], page: Page, now: datetime) -> Imported:
    """Writes what is new in a snapshot of the emergency tool, which `read` judged. Raises PublishError.

    None: all of it is here already, and only who was told may be new.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [Lock.IMPORT, page.pk])
    importing = _Importing(page, entries, now)
    if snapshot is None:
        return Imported(deliveries=importing.settle())
    updates = sum(importing.incident(incident) for incident in reversed(snapshot.incidents))
    declared = snapshot.emergency.declared if snapshot.emergency else ()
    declarations = sum(importing.declare(each.component_id, each.status, each.at) for each in declared)
    return Imported(updates, declarations, importing.moved)


class _Importing:
    """One page, the components it has, and who was told of which update."""

    def __init__(self, page: Page, entries: Iterable[Entry], now: datetime) -> None:
        self._page = page
        self._now = now
        self._components = {each.public_id: each for each in Component.objects.filter(page=page)}
        self._told: dict[str, dict[Fate, dict[str, datetime]]] = defaultdict(lambda: defaultdict(dict))
        for each in entries:
            self._told[each.update][each.fate][each.subscriber] = each.at
        self.moved = 0

    def incident(self, state: IncidentState) -> int:
        """Posts its emergency updates, the oldest first; returns how many were new."""
        said = [update for update in reversed(state.updates) if update.emergency]
        known = set(
            Update.everything.filter(public_id__in=[update.id for update in said]).values_list(
                "public_id", flat=True
            )
        )
        for update in said:
            if update.id not in known:
                self._post(state, update)
            # Before the next: what was sent is not to be cancelled by something newer.
            self._account(update.id)
        return len({update.id for update in said} - known)

    def _post(self, state: IncidentState, update: UpdateState) -> None:
        try:
            self._say(state, update)
        except ValueError as error:
            raise PublishError(
                gettext_noop("The emergency update %(id)s cannot be taken over: %(reason)s"),
                id=update.id,
                reason=str(error),
            ) from error

    def _say(self, state: IncidentState, update: UpdateState) -> None:
        incident = self._known(state.id)
        status = _possible(incident, update.status)
        at = min(update.display_at, self._now)
        newest = update == state.updates[0]
        # A promise that is no later than the update was made in haste, and is none.
        promised = state.next_update_at if newest and (state.next_update_at or at) > at else None
        said: dict[str, object] = {
            "status": status,
            "body_en": update.body.en,
            "body_fr": update.body.fr,
            "components": self._changes(update, status),
            "now": self._now,
            "notify": update.notified,
            "next_update_at": promised,
            "update_id": update.id,
            "emergency": post.Emergency(at, state.id),
        }
        if incident is not None:
            post.update_incident(incident, **said, impact=state.impact if newest else None)  # type: ignore[arg-type]
            return
        post.open_incident(
            self._page,
            **said,  # type: ignore[arg-type]
            title_en=state.title.en,
            title_fr=state.title.fr,
            impact=state.impact,
            started_at=min(state.started_at, at),
        )

    def _known(self, incident_id: str) -> Incident | None:
        """The incident as it is here: one that was merged goes on in the other, an undone one is back."""
        rows = Incident.everything.select_related("merged_into")
        incident = rows.filter(page=self._page, public_id=incident_id).first()
        if incident is None or incident.withdrawn_at is None:
            return incident
        if incident.merged_into is not None:
            return incident.merged_into
        Incident.everything.filter(pk=incident.pk).update(withdrawn_at=None)
        return incident

    def _changes(self, update: UpdateState, status: IncidentStatus) -> dict[Component, Status]:
        """What it says of the components that are still there; closing leaves all of them operational."""
        said = {change.component_id: change.new_status for change in update.changes}
        possible = (Status.OPERATIONAL,) if status in CLOSED else tuple(set(Status) - {Status.UNKNOWN})
        return {
            self._components[id_]: new
            for id_, new in said.items()
            if id_ in self._components and new in possible
        }

    def settle(self) -> int:
        """Notes who was told of updates that are here; returns how many deliveries that moved."""
        here = Update.objects.filter(
            public_id__in=self._told, emergency=True, incident__page=self._page
        ).order_by("pk")
        for update_id in here.values_list("public_id", flat=True):
            self._account(update_id)
        return self.moved

    def _account(self, update_id: str) -> None:
        fates: Mapping[Fate, Mapping[str, datetime]] = self._told.get(update_id, {})
        sent, unknown = fates.get(Fate.SENT, {}), fates.get(Fate.UNKNOWN, {})
        self.moved += outbox.account(self._page, update_id, sent, unknown)

    def declare(self, component_id: str, status: Status, at: datetime) -> bool:
        """What was said, outside incidents, of a component that no monitor watches."""
        component = self._components.get(component_id)
        if component is None:
            return False
        counts = record.declare_by_staff(component, status, self._now, min(at, self._now))
        if counts:
            # No column says it: without this the log would not.
            said = {"declared": status.value, "declared_at": at.isoformat()}
            label = component.name_en or component.name_fr
            key = str(component.pk)
            audit.note("act", self._now, thing="monitors_component", key=key, label=label, said=said)
        return counts


def _possible(incident: Incident | None, wanted: str) -> IncidentStatus:
    """The status that an update leads to: here something may have been said that the tool did not know."""
    before = None if incident is None else IncidentStatus(incident.status)
    after = IncidentStatus(wanted)
    if after in lifecycle.incident_may_become(before):
        return after
    return before or IncidentStatus.RESOLVED
