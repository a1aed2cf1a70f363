"""`manage.py recompute_uptime [--page DOMAIN] [--month 2026-10]`: closed months reckoned anew from spans."""

from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitors.models import Page
from monitors.proving import months, recompute
from monitors.proving.recompute import Checked


class Command(BaseCommand):
    """Exit status: 0 the same digits everywhere, 1 something differs, each named."""

    help = "Reckon closed months of uptime anew from spans and compare them with what was frozen."

    def add_arguments(self, parser: CommandParser) -> None:
        """All pages and months, or one."""
        parser.add_argument("--page", metavar="DOMAIN", help="one page, by the host it is served under")
        parser.add_argument("--month", type=_month, metavar="YYYY-MM", help="one month")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where anything differs, or where there is no such page or month."""
        pages = Page.objects.all() if options["page"] is None else Page.objects.filter(domain=options["page"])
        if options["page"] is not None and not pages:
            raise CommandError(f"There is no page at {options['page']}.")
        checked = [each for page in pages for each in recompute.recompute(page, options["month"])]
        for each in checked:
            self._tell(each)
        if not checked:
            raise CommandError("No month is frozen there yet.")
        if differing := sum(bool(each.differences) for each in checked):
            raise CommandError(f"{differing} of {len(checked)} months differ from what was frozen.")

    def _tell(self, checked: Checked) -> None:
        said = "differs:" if checked.differences else "the same digits"
        self.stdout.write(f"{checked.page.domain} {checked.month} ({checked.components} components): {said}")
        for each in checked.differences:
            name = each.component.slug
            self.stdout.write(f"  {name} {each.month}: {each.what}: {each.kept} kept, {each.found} found")


def _month(name: str) -> date:
    try:
        return months.called(name)
    except ValueError:
        raise ArgumentTypeError(f"{name}: write a month such as 2026-10.") from None
