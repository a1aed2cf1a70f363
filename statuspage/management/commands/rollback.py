"""`manage.py rollback PAGE SEQUENCE|--list|--end`: publishes an older release again, and holds it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from monitors.models import Access, Page
from statuspage import releases
from statuspage.installation import installation
from statuspage.models import Target
from statuspage.naming import find_page
from statuspage.push import push
from statuspage.stored import kept


class Command(BaseCommand):
    """For a page that came out wrong. Heartbeats stop meanwhile: the page says that it is not current."""

    help = "Publish an older release of a page as a new one and hold the page there until --end."

    def add_arguments(self, parser: CommandParser) -> None:
        """The page and one of three things to do."""
        parser.add_argument("page", metavar="PAGE", help="the page's domain, name or id")
        parser.add_argument("sequence", metavar="SEQUENCE", type=int, nargs="?", help="the release")
        parser.add_argument("--list", action="store_true", help="show the releases that are kept")
        parser.add_argument("--end", action="store_true", help="go on with what is true now")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for a release that is not kept, a page that is not held, and contradictions."""
        page, sequence = find_page(options["page"]), options["sequence"]
        if (sequence is not None) + options["list"] + options["end"] != 1:
            raise CommandError("Give the sequence of a release, or --list, or --end.")
        if options["list"]:
            self._list(page)
        elif options["end"]:
            self._end(page)
        else:
            self._roll_back(page, sequence)

    def _list(self, page: Page) -> None:
        found = kept(page.pk)
        if not found:
            raise CommandError(f"{page.name} has no release yet.")
        held = releases.held_at(page)
        for release in found:
            beyond = f"{release.written} files" if release.written else "heartbeat"
            mark = "  <- held here" if release.sequence == held else ""
            self.stdout.write(
                f"{release.sequence:>8}  {release.generated_at:%Y-%m-%d %H:%M:%S} UTC  {beyond}{mark}"
            )

    def _end(self, page: Page) -> None:
        if not releases.go_on(page):
            raise CommandError(f"{page.name} is not rolled back: there is nothing to end.")
        releases.make(page, timezone.now(), installation())
        self._publish(page, "The page goes on")

    def _roll_back(self, page: Page, sequence: int) -> None:
        try:
            made = releases.roll_back(page, sequence, timezone.now())
        except ValueError:
            raise CommandError(
                f"Release {sequence} of {page.name} is not kept. See: manage.py rollback {page.domain} --list"
            ) from None
        if made is None:
            raise CommandError("A release of this page is being made right now. Try again in a few seconds.")
        self._publish(page, f"Rolled back to release {sequence}, published as release {made.sequence}")
        self.stdout.write(f"It stays like this until: manage.py rollback {page.domain} --end")

    def _publish(self, page: Page, said: str) -> None:
        self.stdout.write(f"{said}.")
        public = page.access == Access.PUBLIC
        for target in Target.objects.filter(page=page, enabled=True) if public else ():
            done = push(target, timezone.now(), installation())
            target.refresh_from_db()
            waiting = target.error or "the worker is at it"
            self.stdout.write(f"  {target.name}: {f'release {target.sequence}' if done else waiting}")
