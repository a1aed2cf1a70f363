"""`manage.py import_emergency TARGET [--journal FILE]`: takes over by hand what the emergency tool left."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from monitors import bell
from monitors.models import Page
from statuspage import merge
from statuspage.emergency import account, journal
from statuspage.emergency.account import Entry
from statuspage.models import Target
from statuspage.naming import find_target
from statuspage.publish import TARGETS, ConfigError, PublishError


class Command(BaseCommand):
    """For a journal that the tool could leave nowhere; everything else is taken over by itself."""

    help = "Take over what was posted with the emergency tool at a target, and whom it told."

    def add_arguments(self, parser: CommandParser) -> None:
        """The target, its page where that is needed, and a journal from the tool's folder."""
        parser.add_argument("target", metavar="TARGET", help="the name of the target, as in the admin")
        parser.add_argument("--page", metavar="PAGE", help="the page's domain, where several have one")
        parser.add_argument("--journal", metavar="FILE", help="work/journal.jsonl of the emergency folder")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where something cannot be read, or is not the emergency tool's."""
        target = find_target(options["target"], options["page"])
        entries = _entries(Path(options["journal"]), target.page) if options["journal"] else ()
        try:
            imported = self._import(target, entries)
        except (PublishError, ConfigError) as error:
            raise CommandError(f"{target.name}: {error}") from None
        bell.ring("statuspage.tasks.publish", "subscribers.tasks.send")
        self.stdout.write(
            f"{imported.updates} updates and {imported.declarations} declared statuses taken over; "
            f"{imported.deliveries} messages were sent by the tool, or are in doubt."
        )

    def _import(self, target: Target, entries: tuple[Entry, ...]) -> merge.Imported:
        place = TARGETS[target.kind].parse(target.config)
        snapshot = merge.read(place, target.page)
        if snapshot is not None:
            entries = (*merge.told(place, target.page, snapshot.sequence), *entries)
        return merge.bring_in(snapshot, entries, target.page, timezone.now())


def _entries(path: Path, page: Page) -> tuple[Entry, ...]:
    """What a journal says: the tool's own (JSON lines), or a copy of what it left at a target."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        return account.decoded(content, page.public_id).entries
    except ValueError:
        entries = tuple(journal.entries_of(journal.lines(content)))
    if not entries:
        raise CommandError(f"{path} is no journal of this page's emergency tool.")
    return entries
