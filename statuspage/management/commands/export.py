"""`manage.py export DIR [--at TIME]`: the whole pipeline once, into a folder."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from monitors.models import Page
from statuspage.installation import installation
from statuspage.publish import TARGETS, Bundle, ConfigError, PublishError
from statuspage.releases import signed
from statuspage.render import render
from statuspage.stored import sequence_at
from statuspage.take import take


class Command(BaseCommand):
    """Takes, renders and writes one page; the same data and time give the same bytes."""

    help = "Write one page's files into a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder, and optionally the time and the page."""
        parser.add_argument("directory", type=Path)
        parser.add_argument("--at", type=_time, default=None, metavar="TIME", help="ISO 8601, default now")
        parser.add_argument("--page", metavar="DOMAIN", help="the page's domain, where there are several")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for an unknown page or a folder that cannot be written."""
        page = _find(options["page"])
        now = options["at"] or timezone.now()
        sequence = sequence_at(page.pk, now)
        by = installation()
        taken = take(page.pk, now=now, sequence=sequence, newer_than=None, by=by)
        files = signed(render(taken.snapshot, taken.documents), by.signer)
        bundle = Bundle(
            page_id=page.public_id,
            sequence=sequence,
            base_sequence=0,
            changed=files,
            removed=frozenset(),
            all=lambda: files,
        )
        try:
            TARGETS["directory"].parse({"path": str(options["directory"].absolute())}).publish(bundle)
        except (PublishError, ConfigError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{len(files)} files in {options['directory']}")


def _time(value: str) -> datetime:
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise ArgumentTypeError(f"{value!r} is no time such as 2026-11-22T14:05:00+01:00.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _find(domain: str | None) -> Page:
    pages = list(Page.objects.filter(domain=domain) if domain else Page.objects.all()[:2])
    if len(pages) == 1 and pages[0].private:
        raise CommandError("This page is not for everybody: it is served by the application alone.")
    if len(pages) == 1:
        return pages[0]
    raise CommandError(
        "There is no such page." if domain or not pages else "Name one page with --page DOMAIN."
    )
