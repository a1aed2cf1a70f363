"""`manage.py publish`: makes a release of every page now and pushes it to every target."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from monitors.models import Access, Page
from statuspage import releases
from statuspage.installation import installation
from statuspage.models import Target
from statuspage.push import push


class Command(BaseCommand):
    """Publishes at once, without waiting for the worker."""

    help = "Publish every page to every target now."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError when a target could not be brought to the newest release."""
        for page in Page.objects.all():
            release = releases.make(page, timezone.now(), installation())
            self.stdout.write(f"{page.name}: {f'release {release.sequence}' if release else _unmade(page)}")
        targets = Target.objects.filter(enabled=True, page__access=Access.PUBLIC)
        failed = [target for target in targets if not self._push(target)]
        if failed:
            raise CommandError(f"{len(failed)} target(s) not published.")

    def _push(self, target: Target) -> bool:
        """False where the target refused; a worker that is at it already does the same."""
        done = push(target, timezone.now(), installation())
        target.refresh_from_db()
        busy = target.error or "another process is publishing to it"
        self.stdout.write(f"  {target.name}: {f'release {target.sequence}' if done else busy}")
        return done or not target.error


def _unmade(page: Page) -> str:
    held = releases.held_at(page)
    return f"held at release {held} (manage.py rollback)" if held else "another process is publishing it"
