"""`manage.py export_subscribers [--page PAGE] [--full]`: subscribers as CSV, as in the admin."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitors.models import Page
from subscribers.lists import exporting
from subscribers.models import State, Subscriber


class Command(BaseCommand):
    """Writes to standard output, or to a file that only its owner reads if the shell is told so."""

    help = "Write subscribers as CSV to standard output: what import_subscribers reads."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which, and how much of their addresses."""
        parser.add_argument("--page", metavar="PAGE", help="the page's domain; all pages without it")
        parser.add_argument("--state", choices=State.values, help="only those in this state")
        parser.add_argument(
            "--full", action="store_true", help="whole addresses of webhooks and chats: they are secrets"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where there is no such page."""
        chosen = Subscriber.objects.all()
        if options["page"]:
            if not Page.objects.filter(domain=options["page"]).exists():
                raise CommandError(f"There is no page {options['page']}.")
            chosen = chosen.filter(page__domain=options["page"])
        if options["state"]:
            chosen = chosen.filter(state=options["state"])
        for line in exporting.exported(chosen, in_full=options["full"]):
            self.stdout.write(line, ending="")
