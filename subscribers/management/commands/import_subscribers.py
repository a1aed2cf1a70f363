"""`manage.py import_subscribers FILE --page PAGE --proof TEXT`: a list of subscribers, as in the admin."""

from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from monitors import bell
from monitors.models import Page
from subscribers.lists import importing
from subscribers.lists.importing import Report, Verdict
from subscribers.lists.reading import ListError
from subscribers.means import means


class Command(BaseCommand):
    """All of the list is imported, or nothing."""

    help = "Import subscribers from a CSV file: our own export, Statuspage's, Cachet's, or plain addresses."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, the page, and how they agreed."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--page", required=True, metavar="PAGE", help="the page's domain")
        parser.add_argument(
            "--proof", required=True, metavar="TEXT", help="how and when they agreed: noted on each"
        )
        parser.add_argument("--ask", action="store_true", help="ask each to confirm first")
        parser.add_argument("--dry-run", action="store_true", help="only say what would become of each line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError, and then nothing was imported."""
        page = Page.objects.filter(domain=options["page"]).first()
        proof = options["proof"].strip()
        if page is None:
            raise CommandError(f"There is no page {options['page']}.")
        if not proof:
            raise CommandError("Say with --proof how and when they agreed.")
        try:
            with options["file"].open("rb") as file:
                self._tell(self._run(page, file, proof, options), dry=options["dry_run"])
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from None
        except ListError as error:
            raise CommandError(f"{options['file']}: {error} {error.about}".rstrip()) from None

    def _run(self, page: Page, file: BinaryIO, proof: str, options: dict[str, Any]) -> Report:
        now, asks = timezone.now(), options["ask"]
        if options["dry_run"]:
            return importing.look(page, file, means(settings), now, asks=asks)
        report = importing.bring_in(page, file, means(settings), now, asks=asks, proof=proof)
        bell.ring("subscribers.tasks.send")
        return report

    def _tell(self, report: Report, *, dry: bool) -> None:
        self.stdout.write(f"This is {report.kind}, {report.lines} lines{' (nothing is written)' * dry}:")
        for verdict in Verdict:
            if number := report.counts[verdict]:
                self.stdout.write(f"{number:9}  {verdict}")
        for left in report.left:
            self.stdout.write(f"line {left.line}: {left.sentence} {left.about}".rstrip())
