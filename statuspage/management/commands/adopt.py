"""`manage.py adopt TARGET`: lets the next release overwrite what somebody else published at a target."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from statuspage import ahead, releases
from statuspage.ahead import Verdict
from statuspage.installation import installation
from statuspage.models import Target
from statuspage.naming import find_target
from statuspage.publish import TARGETS, ConfigError, PublishError, State
from statuspage.push import agree, keys, push
from statuspage.stored import latest

FINE = "holds nothing but what this installation published: there is nothing to adopt."
WHO = {
    Verdict.RESTORED: "published by this installation, but unknown to its database",
    Verdict.FORGED: "signed by nobody we know",
}


class Command(BaseCommand):
    """For a restored database, or after an intruder was shut out."""

    help = "Let the next release overwrite what a target holds, although this database does not know it."

    def add_arguments(self, parser: CommandParser) -> None:
        """The target, its page where that is needed, and whether to ask."""
        parser.add_argument("target", metavar="TARGET", help="the name of the target, as in the admin")
        parser.add_argument("--page", metavar="PAGE", help="the page's domain, where several have one")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where there is nothing to adopt, or what is there may not be overwritten."""
        target = find_target(options["target"], options["page"])
        try:
            found = TARGETS[target.kind].parse(target.config).state()
            self._adopt(target, found, ask=not options["yes"])
        except (PublishError, ConfigError) as error:
            raise CommandError(f"{target.name}: {error}") from None

    def _adopt(self, target: Target, found: State | None, *, ask: bool) -> None:
        last = latest(target.page_id)
        newest = last.sequence if last else 0
        verdict = ahead.judge(target, found, newest, keys(target, installation()))
        if verdict is Verdict.EMERGENCY:
            raise CommandError(
                f"{target.name} holds what was posted with the emergency tool: it is taken over by itself."
            )
        if found is None or verdict not in WHO:
            raise CommandError(f"{target.name} {FINE}")
        self.stdout.write(
            f"{target.name} holds release {found.sequence}, {WHO[verdict]}. Our last one is release {newest}."
        )
        if ask and input("Overwrite it with what this database says? [y/N] ").strip().lower() != "y":
            raise CommandError("Nothing was changed.")
        agree(target, found)
        self._publish(target)

    def _publish(self, target: Target) -> None:
        releases.make(target.page, timezone.now(), installation())
        target.refresh_from_db()
        if push(target, timezone.now(), installation()):
            target.refresh_from_db()
            self.stdout.write(f"Adopted: release {target.sequence} is there now.")
            return
        target.refresh_from_db()
        if target.error:
            raise CommandError(f"Adopted, but not published: {target.error}")
        self.stdout.write("Adopted: the worker publishes to it within seconds.")
