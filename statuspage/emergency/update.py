"""`update`: one more update of an incident."""

from argparse import ArgumentParser, Namespace
from datetime import datetime

from django.utils.translation import gettext as _

from incidents.lifecycle import Impact, IncidentStatus
from monitors.ids import public_id
from statuspage.emergency import changes, post, saying, source, texts, typed
from statuspage.emergency.changes import Said
from statuspage.emergency.desk import Desk
from statuspage.snapshot import Snapshot


def add(parser: ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "incident", nargs="?", help=_("its 12 characters or words of its title (else the only open one)")
    )
    parser.add_argument("--status", metavar="STATUS", help=_("its new status (else the present one)"))
    parser.add_argument("--impact", choices=list(Impact), help=_("how bad it is now"))
    add_common(parser)


def add_common(parser: ArgumentParser) -> None:
    """The options that `resolve` has as well."""
    texts.add(parser, titled=False)
    post.add_components(parser)
    saying.add(parser)


def run(given: Namespace, desk: Desk) -> int:
    """Posts it. Raises Trouble."""
    return go_on(given, desk, given.status and typed.incident_status(given.status), "update")


def go_on(given: Namespace, desk: Desk, status: IncidentStatus | None, did: str) -> int:
    """One more update; `status` None keeps the present one. Raises Trouble."""
    reading = source.reading(given, desk)
    incident = typed.incident(reading.snapshot, given.incident)
    body = texts.body(texts.given(given, desk.console, reading.snapshot.page, titled=False).body)
    update_id = public_id()
    impact = getattr(given, "impact", None)

    def change(snapshot: Snapshot, now: datetime) -> Snapshot:
        present = changes.incident_of(snapshot, incident.id)
        after = status or IncidentStatus(present.status)
        update = Said(
            id=update_id,
            status=after,
            body=body,
            components=typed.components(snapshot, given.component),
            at=now,
            notified=not given.quiet,
            next_update_at=post.promised(after, now, given),
        )
        return changes.updated(snapshot, incident.id, update, impact)

    return saying.perform(given, desk, change, did, reading, incident=incident.id, update=update_id)
