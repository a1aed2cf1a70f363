"""`resolve`: the end of an incident; every component that it declared is operational again."""

from argparse import ArgumentParser, Namespace

from django.utils.translation import gettext as _

from incidents.lifecycle import IncidentStatus
from statuspage.emergency import update
from statuspage.emergency.desk import Desk


def add(parser: ArgumentParser) -> None:
    """Its options."""
    parser.add_argument(
        "incident", nargs="?", help=_("its 12 characters or words of its title (else the only open one)")
    )
    update.add_common(parser)


def run(given: Namespace, desk: Desk) -> int:
    """Ends it. Raises Trouble."""
    return update.go_on(given, desk, IncidentStatus.RESOLVED, "resolve")
