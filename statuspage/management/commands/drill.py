"""`manage.py drill`: a whole drill, watched until it is over; it fails where a step was not reached."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext

from incidents.models import TeamChannel
from statuspage import told
from statuspage.drill import figures, running
from statuspage.drill.places import place
from statuspage.models import Drill

# Seconds between two looks.
PAUSE = 0.5


class Command(BaseCommand):
    """Runs one drill."""

    help = (
        "Runs a whole outage on a page that customers do not see, and prints how long it took until it was "
        "detected, public, and told. The workers do the work; this only watches them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who is written to."""
        parser.add_argument("--mail", default="", metavar="ADDRESS", help="where the notice is sent")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints each step when it is reached. Exits 1 where one was not."""
        email = options["mail"]
        self._check(email)
        try:
            drill = running.start(place(), timezone.now(), email=email, language="en")
        except running.CannotDrill as refused:
            raise CommandError(gettext(str(refused))) from None
        try:
            drill = self._watch(drill)
        except KeyboardInterrupt:
            running.stop(place(), timezone.now())
            raise CommandError("Stopped, and cleared away.") from None
        if drill.failure:
            label = figures.LABELS.get(drill.failure, drill.failure)
            raise CommandError(f"Not reached: {label}. {told.told(drill.why, gettext)}")

    def _check(self, email: str) -> None:
        try:
            if email:
                validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no e-mail address.") from None
        if not email and not TeamChannel.objects.filter(page=None, enabled=True).exists():
            raise CommandError("There is nobody to tell: give --mail, or set up a channel of the team.")

    def _watch(self, drill: Drill) -> Drill:
        printed = 0
        while True:
            # Where nothing else does, this moves it on: it ends in time in any case.
            running.advance(place(), timezone.now())
            drill.refresh_from_db()
            done = [each for each in figures.reached(drill) if each.at is not None]
            for each in done[printed:]:
                after = f"{each.took:8.1f} s" if each.took else " " * 10
                self.stdout.write(f"{after}  {each.label}")
            printed = len(done)
            if drill.finished_at is not None:
                return drill
            time.sleep(PAUSE)
