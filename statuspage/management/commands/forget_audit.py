"""`manage.py forget_audit --before DATE`: the one way in which entries leave the audit log."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_date

from statuspage.models import AuditEntry
from statuspage.people import audit

# What is younger stays, whoever asks.
KEPT = timedelta(days=365)


class Command(BaseCommand):
    """Nothing of the last year, and never without an entry that says so."""

    help = "Forget the oldest entries of the audit log, for those who may not keep them for ever."

    def add_arguments(self, parser: CommandParser) -> None:
        """The first day that is kept."""
        parser.add_argument("--before", required=True, metavar="YYYY-MM-DD", help="the first day that stays")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for what is no day, or one of the last year."""
        now = timezone.now()
        before = _day(options["before"])
        if before > now - KEPT:
            raise CommandError("The entries of the last 365 days stay: name an earlier day.")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '10s'")
            cursor.execute("ALTER TABLE statuspage_auditentry DISABLE TRIGGER append_only")
            count, _each = AuditEntry.objects.filter(at__lt=before).delete()
            cursor.execute("ALTER TABLE statuspage_auditentry ENABLE ALWAYS TRIGGER append_only")
            audit.note("forget", now, said={"before": options["before"], "entries": count})
        self.stdout.write(f"{count} entries from before {options['before']} are forgotten.")


def _day(text: str) -> datetime:
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"{text} is no day, such as 2026-01-31.")
    return datetime(found.year, found.month, found.day, tzinfo=UTC)
