"""`manage.py verify URL [--key FILE]`: who signed what is published there, and whether it still holds."""

import asyncio
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from monitors.network.guard import Allow
from statuspage.signing import from_pem
from statuspage.verification import Place, Unreachable, Unsigned, Verified, verified

STALE, UNREACHABLE = 3, 4


class Command(BaseCommand):
    """Exit status: 0 signed and current, 1 not signed by the key, 3 out of date, 4 not to be had."""

    help = "Verify the signature of a published page, by the keys that it publishes or by one of yours."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The page's address, perhaps a key that is known to be right."""
        parser.add_argument("url", metavar="URL", help="the page, or a mirror of it")
        parser.add_argument(
            "--key", type=_key, metavar="FILE", help="a public key in PEM: only what it signed is accepted"
        )
        parser.add_argument(
            "--retry-after",
            type=float,
            default=12.0,
            metavar="SECONDS",
            help="when to look again where document and signature do not match (default 12: caches keep 10)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with the exit status above."""
        try:
            place = Place.of(options["url"], Allow.parse(settings.PROBE_ALLOW))
            found = asyncio.run(verified(place, options["key"] or {}, options["retry_after"]))
        except Unsigned as error:
            raise CommandError(f"NOT VERIFIED. {error}") from None
        except Unreachable as error:
            raise CommandError(str(error), returncode=UNREACHABLE) from None
        self._tell(found, own=not options["key"])
        if found.stale(timezone.now()):
            raise CommandError("OUT OF DATE: nothing newer is published there.", returncode=STALE)

    def _tell(self, found: Verified, *, own: bool) -> None:
        whose = ", whose key the page itself publishes" if own else ""
        name = "".join(letter for letter in found.page if letter.isprintable())
        self.stdout.write(f"{name}: signed by {found.signer}{whose}.")
        self.stdout.write(f"sequence   {found.sequence}")
        self.stdout.write(f"made       {_said(found.generated_at)}")
        self.stdout.write(f"good until {_said(found.good_until)}")


def _said(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _key(name: str) -> dict[str, str]:
    try:
        return {f"the key in {name}": from_pem(Path(name).read_bytes())}
    except OSError as error:
        raise ArgumentTypeError(f"{name}: {error.strerror}.") from None
    except ValueError as error:
        raise ArgumentTypeError(f"{name}: {error}.") from None
