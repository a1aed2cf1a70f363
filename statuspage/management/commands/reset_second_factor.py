"""For whoever lost their telephone, their keys and their recovery codes: `reset_second_factor NAME`."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from statuspage.people import second_factor, seen


class Command(BaseCommand):
    """Takes the second factor from an account, and ends its sessions."""

    help = "Removes every second factor of an account and ends its sessions; the password stays."

    def add_arguments(self, parser: CommandParser) -> None:
        """One name."""
        parser.add_argument("name", help="the name that they sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where there is no such account."""
        user = User.objects.filter(username__iexact=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no account named “{options['name']}”.")
        gone, ended = second_factor.forget(user), seen.end(user)
        self.stdout.write(
            f"{user.get_username()}: {gone} second factors removed, {ended} sessions ended. "
            "Where a second factor is required, they set up a new one at the next sign-in."
        )
