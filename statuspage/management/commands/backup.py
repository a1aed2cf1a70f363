"""`manage.py backup FILE`: the whole database as of one moment, in one file."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max
from django.utils import timezone

from monitors.models import Page
from statuspage import backup, pg
from statuspage.installation import installation


class Command(BaseCommand):
    """Keys are not in the file: they are kept apart from it, or restoring it would need nothing else."""

    help = "Write the whole database into one file. Keep DATA_KEYS, SECRET_KEY and SIGNING_KEY apart from it."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and optionally a dump that was made elsewhere."""
        parser.add_argument("file", type=Path, help="must not exist yet")
        parser.add_argument(
            "--dump", type=Path, help="a dump that pg_dump --format=custom made, where this cannot run it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError where the file cannot be written or the database not be read."""
        path: Path = options["file"]
        try:
            # Before the dump: what it holds is then at least this.
            with backup.writing(path, _manifest()) as file:
                if options["dump"]:
                    _copy(options["dump"], file)
                else:
                    pg.dump(connection, file)
        except backup.BackupError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{path}: {path.stat().st_size:,} bytes")
        self.stdout.write("Keep DATA_KEYS, SECRET_KEY and SIGNING_KEY apart from it: they are not in it.")


def _manifest() -> backup.Manifest:
    pages = Page.objects.annotate(newest=Max("releases__sequence")).order_by("pk")
    return backup.describe(
        now=timezone.now(),
        postgres=pg.major(connection),
        migrations=[f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()],
        pages=[backup.PageHeld(page.public_id, page.domain, page.newest or 0) for page in pages],
        data_keys=settings.DATA_KEYS,
        signing_key=installation().signer.public,
    )


def _copy(dump: Path, into: Any) -> None:
    try:
        file = dump.open("rb")
    except OSError as error:
        raise backup.BackupError(f"{dump} cannot be read: {error.strerror}.") from error
    with file:
        if file.read(5) != b"PGDMP":
            raise backup.BackupError(f"{dump} was not made by pg_dump --format=custom.")
        file.seek(0)
        shutil.copyfileobj(file, into)
