"""`component NAME STATUS`: what a person says of a component outside any incident."""

from argparse import ArgumentParser, Namespace
from datetime import datetime

from django.utils.translation import gettext as _

from statuspage.emergency import changes, saying, standing, typed
from statuspage.emergency.desk import Desk
from statuspage.snapshot import Snapshot


def add(parser: ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("name", help=_("the component: its name, or the beginning of it"))
    parser.add_argument("status", help=", ".join(typed.DECLARABLE))
    saying.add(parser)


def run(given: Namespace, desk: Desk) -> int:
    """Says it. Raises Trouble."""
    status = typed.component_status(given.status)

    def change(snapshot: Snapshot, now: datetime) -> Snapshot:
        component = typed.component(snapshot, given.name)
        covering = [
            incident
            for incident in snapshot.open_incidents
            if status != standing.declares(incident).get(component.id, status)
        ]
        for incident in covering:
            desk.console.warn(
                _("The open incident “%(title)s” says otherwise of it: change that with “update”.")
                % {"title": incident.title.en or incident.title.fr}
            )
        return changes.declared(snapshot, component.id, status, now)

    return saying.perform(given, desk, change, "component", component=given.name, status=status.value)
