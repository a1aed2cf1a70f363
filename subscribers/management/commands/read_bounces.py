"""`manage.py read_bounces`: reads the mailbox of BOUNCE_URL now and says what was in it."""

from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from subscribers.management import terminal
from subscribers.returns import bounces
from subscribers.returns.imap import MailboxDown, visit
from subscribers.returns.mailbox import Place
from subscribers.returns.parsing import Kind

_SENTENCES = {
    Kind.RETURNED: gettext_noop("Mail that came back: %(number)d"),
    Kind.COMPLAINT: gettext_noop("Complaints: %(number)d"),
    Kind.LEAVE: gettext_noop("People who left: %(number)d"),
    Kind.NOISE: gettext_noop("Automatic answers and delays: %(number)d"),
    Kind.UNKNOWN: gettext_noop("For somebody to read, flagged in the mailbox: %(number)d"),
}


class Command(BaseCommand):
    """For a first look, and where nothing runs every minute."""

    help = "Read the mailbox of BOUNCE_URL once: suppress addresses that are gone, let go who asks to leave."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many messages at most."""
        parser.add_argument("--limit", type=int, default=bounces.LIMIT, help="read so many at most")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where the mailbox cannot be read."""
        with translation.override(terminal.language()):
            if not settings.BOUNCE_URL:
                raise CommandError(_("BOUNCE_URL is not set: there is no mailbox to read."))
            found = self._read(max(1, options["limit"]))
            for kind, sentence in _SENTENCES.items():
                self.stdout.write(_(sentence) % {"number": found[kind]})

    def _read(self, limit: int) -> Counter[Kind]:
        try:
            place = Place.parse(settings.BOUNCE_URL)
            with visit(place) as box:
                return bounces.collect(box, place.delete, timezone.now, limit)
        except (MailboxDown, ValueError) as trouble:
            raise CommandError(str(trouble)) from None
