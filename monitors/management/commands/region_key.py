"""`manage.py region_key [--to FILE]`: a key pair for a region, which opens the secrets of its monitors.

It needs neither the database nor a key of the application: it is run where the region's worker runs.
"""

import os
from pathlib import Path
from typing import Any

import pyrage
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Prints the public key, and keeps the private one where it is told to."""

    help = "Make a key for a region: the public half is for the application, the private one for its worker."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the private half goes."""
        parser.add_argument(
            "--to",
            metavar="FILE",
            type=Path,
            help="write the private key there, readable by its owner alone, instead of printing it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where the file is there already, or cannot be written."""
        identity = pyrage.x25519.Identity.generate()
        public, private = str(identity.to_public()), str(identity)
        if options["to"] is None:
            self.stdout.write(f"PROBE_KEY={private}")
            self.stdout.write(f"public key: {public}")
            return
        try:
            _write(options["to"], f"# public key: {public}\n{private}\n")
        except OSError as error:
            raise CommandError(f"{options['to']} cannot be written: {error.strerror}.") from None
        self.stdout.write(f"PROBE_KEY_FILE={options['to']}")
        self.stdout.write(f"public key: {public}")


def _write(path: Path, text: str) -> None:
    """Never over a key that is there: what is sealed to it could be opened no more."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
