"""`post`: a new incident."""

from argparse import ArgumentParser, Namespace
from datetime import datetime

from django.utils.translation import gettext as _

from incidents.lifecycle import CLOSED, Impact, IncidentStatus
from monitors.ids import public_id
from statuspage.emergency import changes, saying, source, texts, typed
from statuspage.emergency.changes import Said
from statuspage.emergency.desk import Desk
from statuspage.snapshot import Snapshot


def add(parser: ArgumentParser) -> None:
    """Its options."""
    texts.add(parser, titled=True)
    parser.add_argument("--status", default="investigating", metavar="STATUS", help=_("its status"))
    parser.add_argument("--impact", choices=list(Impact), help=_("how bad it is (else by its components)"))
    add_components(parser)
    saying.add(parser)


def add_components(parser: ArgumentParser) -> None:
    """The options that an update shares with a new incident."""
    parser.add_argument(
        "--component",
        action="append",
        default=[],
        metavar="NAME=STATUS",
        help=_("what it says of a component, such as Checkout=major; may be given several times"),
    )
    parser.add_argument(
        "--quiet", action="store_true", help=_("subscribers are not to be told, now or later")
    )


def run(given: Namespace, desk: Desk) -> int:
    """Posts it. Raises Trouble."""
    reading = source.reading(given, desk)
    said = texts.given(given, desk.console, reading.snapshot.page, titled=True)
    title, body = texts.title(said.title), texts.body(said.body)
    status = typed.incident_status(given.status)
    incident_id, update_id = public_id(), public_id()

    def change(snapshot: Snapshot, now: datetime) -> Snapshot:
        components = typed.components(snapshot, given.component)
        impact = given.impact or changes.usual_impact(components.values())
        update = Said(
            id=update_id,
            status=status,
            body=body,
            components=components,
            at=now,
            notified=not given.quiet,
            next_update_at=promised(status, now, given),
        )
        return changes.posted(snapshot, incident_id, title, impact, update)

    return saying.perform(given, desk, change, "post", reading, incident=incident_id, update=update_id)


def promised(status: IncidentStatus, now: datetime, given: Namespace) -> datetime | None:
    """When the next update is due: when this one stops to stand; none of what is over."""
    return None if status in CLOSED else saying.until(now, given)
