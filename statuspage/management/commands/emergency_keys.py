"""`manage.py emergency_keys PAGE [--sign KEY --age KEY]`: the public halves of the emergency tool's keys."""

from typing import Any

import pyrage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from monitors import record
from monitors.models import Page
from statuspage.installation import installation
from statuspage.naming import find_page
from statuspage.signing import pem


class Command(BaseCommand):
    """Keeps both keys of a page, or tells what an emergency folder of it needs to know."""

    help = "Give a page the public keys that the emergency tool made, or tell which it has."

    def add_arguments(self, parser: CommandParser) -> None:
        """The page, and both keys."""
        parser.add_argument("page", metavar="PAGE", help="the page's domain, name or id")
        parser.add_argument("--sign", metavar="KEY", help="the Ed25519 key that “init” printed")
        parser.add_argument("--age", metavar="KEY", help="the age recipient that “init” printed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for an unknown page and for what is no key."""
        page = find_page(options["page"])
        if bool(options["sign"]) != bool(options["age"]):
            raise CommandError("Give both --sign and --age, or none.")
        if options["sign"]:
            _keep(page, options["sign"].strip(), options["age"].strip())
        self._tell(page)

    def _tell(self, page: Page) -> None:
        self.stdout.write(f"page_id = {page.public_id}")
        self.stdout.write(f"application_key = {installation().signer.public}")
        self.stdout.write(f"emergency key = {page.emergency_key or 'none'}")
        self.stdout.write(f"age recipient = {page.age_recipient or 'none'}")


def _keep(page: Page, sign: str, age: str) -> None:
    try:
        pem(sign)
    except ValueError as error:
        raise CommandError(f"--sign is no Ed25519 key: {error}.") from None
    if sign == installation().signer.public:
        raise CommandError("--sign is the application's own key: the emergency tool needs one of its own.")
    try:
        pyrage.x25519.Recipient.from_str(age)
    except pyrage.RecipientError:
        raise CommandError("--age is no age recipient: it begins with age1.") from None
    page.emergency_key, page.age_recipient = sign, age
    # Every document is rendered anew: each names the keys that may sign for it.
    page.save(update_fields=["emergency_key", "age_recipient", "updated_at"])
    record.touch([page.pk], timezone.now())
