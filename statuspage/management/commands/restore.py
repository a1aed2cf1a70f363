"""`manage.py restore FILE`: a backup into an empty database, all of it or nothing."""

import os
import shutil
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from statuspage import backup, pg
from statuspage.installation import installation


class Command(BaseCommand):
    """Everything is judged before the first change: the file, the version, the keys, the database."""

    help = "Bring a backup into an empty database."
    # What a check would look at is what is not there yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and optionally where to put the dump in it instead."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--unpack", type=Path, metavar="DUMP", help="write the dump there for pg_restore, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for a file, version, key or database that does not fit."""
        try:
            with backup.reading(options["file"]) as (manifest, archive):
                self._judge(manifest)
                if options["unpack"]:
                    _unpack(archive, options["unpack"])
                    self.stdout.write(f"{options['unpack']}: bring it in with pg_restore, then migrate.")
                    return
                if not pg.is_empty(connection):
                    raise backup.BackupError(
                        "The database is not empty, and a backup replaces nothing: name an empty one in "
                        "DATABASE_URL."
                    )
                with archive.open(backup.DUMP) as dump:
                    pg.restore(connection, dump)
        except backup.BackupError as error:
            raise CommandError(str(error)) from None
        # The backup may be of an older version.
        call_command("migrate", interactive=False, verbosity=0)
        self._tell(manifest)

    def _judge(self, manifest: backup.Manifest) -> None:
        known = MigrationLoader(None).disk_migrations or {}
        names = [f"{app}.{name}" for app, name in known]
        backup.check(manifest, known_migrations=names, data_keys=settings.DATA_KEYS)

    def _tell(self, manifest: backup.Manifest) -> None:
        self.stdout.write(f"Restored as of {manifest.made_at}:")
        for page in manifest.pages:
            self.stdout.write(f"  {page.domain}: release {page.sequence}")
        if manifest.signing_key != installation().signer.public:
            self.stdout.write(
                "SIGNING_KEY is not what it was: readers who verify signatures must learn the new key, "
                "and targets do not know what was published there as yours."
            )
        self.stdout.write(
            "Where more was published since, targets are ahead of this database: start the application, "
            "then say manage.py adopt TARGET for each that waits for it."
        )


def _unpack(archive: ZipFile, path: Path) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise backup.BackupError(f"{path} cannot be written: {error.strerror}.") from error
    with os.fdopen(handle, "wb") as file, archive.open(backup.DUMP) as dump:
        shutil.copyfileobj(dump, file)
