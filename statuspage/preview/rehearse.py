"""What a post would make of the page and say to subscribers: really posted, read, and taken back.

The verbs that post run as they do, in a transaction that is never committed; nobody is told, nothing is
published, and whoever really posts waits for it no longer than for reading the page once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable

from incidents import standing, telling
from incidents.models import Incident, Maintenance, Update
from incidents.words import PostError
from monitors.models import Component, Page
from statuspage.installation import Installation
from statuspage.snapshot import Snapshot
from statuspage.take import read
from subscribers.channels.base import Told
from subscribers.staff.unsent import unsent

Thing = Incident | Maintenance
# Rather no preview than a post that waits for one; the frames of one draft wait for each other.
PATIENCE, FRAME_PATIENCE = "1s", "20s"


@dataclass(frozen=True, slots=True)
class Change:
    """One component whose status the update says."""

    component: Component
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would be: the page, the notice, and which components it says something of or concerns."""

    snapshot: Snapshot
    told: Told
    changes: tuple[Change, ...]
    component_ids: tuple[int, ...]


def rehearse(
    page: Page,
    say: Callable[[], Thing],
    before: str | None,
    now: datetime,
    by: Installation,
    patience: str = PATIENCE,
) -> Rehearsal:
    """`say` posts, telling nobody; `before` is the status that it finds. Raises what it raises.

    Waits for others as long as `patience` says (PostgreSQL's words for a time): PostError after that.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [patience])
            thing = say()
            rehearsed = _read(page, thing, before, now, by)
            transaction.set_rollback(True)
    except OperationalError as error:
        # Its words are in the language of the server.
        if isinstance(error.__cause__, LockNotAvailable):
            raise PostError("", _("Somebody is posting at this very moment: ask again.")) from error
        raise
    return rehearsed


def _read(page: Page, thing: Thing, before: str | None, now: datetime, by: Installation) -> Rehearsal:
    update = thing.updates.order_by("-pk")[0]
    changes = update.changes.select_related("component__group")
    components = standing.named(thing.updates.all())
    if isinstance(thing, Maintenance):
        components = list(dict.fromkeys([*components, *thing.components.all()]))
    return Rehearsal(
        snapshot=read(page, now=now, sequence=1, by=by),
        told=_told(page, thing, update, components, before, now),
        changes=tuple(Change(each.component, each.old_status, each.new_status) for each in changes),
        component_ids=tuple(each.pk for each in components),
    )


def _told(
    page: Page, thing: Thing, update: Update, components: list[Component], before: str | None, now: datetime
) -> Told:
    event = telling.incident_event if isinstance(thing, Incident) else telling.maintenance_event
    named = [each for each in components if each.visible]
    words = telling.payload(thing, update, named, standing.declared(telling.source(thing)))
    return unsent(page, event(before, update.status), telling.source(thing), words.as_json(), now)
