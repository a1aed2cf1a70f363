"""`manage.py resync TARGET|--all`: compares every file at a target with the release, and repairs it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from monitors.models import Access
from statuspage.installation import installation
from statuspage.models import Target
from statuspage.naming import find_page, find_target
from statuspage.push import forget, push
from statuspage.stored import latest


class Command(BaseCommand):
    """For a target that somebody else changed by hand."""

    help = "Compare every file of a target with the newest release and write what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        """One target, or all of them."""
        parser.add_argument("target", metavar="TARGET", nargs="?", help="the name of the target")
        parser.add_argument("--page", metavar="PAGE", help="the page's domain, where several have one")
        parser.add_argument("--all", action="store_true", help="every enabled target")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where a target could not be brought to the newest release."""
        targets = self._chosen(**options)
        failed = [target for target in targets if not self._resync(target)]
        if failed:
            raise CommandError(f"{len(failed)} of {len(targets)} target(s) not resynced.")

    def _chosen(self, *, target: str | None, page: str | None, all: bool, **_: Any) -> list[Target]:
        if (target is None) != all:
            raise CommandError("Name one target, or give --all.")
        if target is not None:
            return [_usable(find_target(target, page))]
        enabled = Target.objects.filter(enabled=True, page__access=Access.PUBLIC).select_related("page")
        chosen = list(enabled.filter(page=find_page(page)) if page else enabled)
        if not chosen:
            raise CommandError("There is no enabled target: there is nothing to resync.")
        return chosen

    def _resync(self, target: Target) -> bool:
        forget(Target.objects.filter(pk=target.pk))
        done = push(target, timezone.now(), installation())
        target.refresh_from_db()
        if done:
            self.stdout.write(f"{target.name}: release {target.sequence}, every file compared")
        else:
            self.stdout.write(f"{target.name}: {target.error or 'the worker compares every file right now'}")
        return done or not target.error


def _usable(target: Target) -> Target:
    if not target.enabled:
        raise CommandError(f"{target.name} is not enabled: nothing is published to it.")
    if target.page.private:
        raise CommandError(f"{target.page.name} may not be read by everybody: it is published nowhere.")
    if latest(target.page_id) is None:
        raise CommandError(f"{target.page.name} has no release yet: run manage.py publish.")
    return target
