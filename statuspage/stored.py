"""Reading stored releases: which files a page has at a sequence, and what changed since another.

A page's files at sequence S are the rows of File with since <= S < until.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet

from statuspage.models import File, Release
from statuspage.render.files import HEARTBEAT

# How many sequences back the files of a page are kept.
KEPT = 100


def latest(page_id: int) -> Release | None:
    """The newest whole release of a page."""
    whole = Release.objects.filter(page_id=page_id, generated_at__isnull=False)
    return whole.order_by("-sequence").first()


@dataclass(frozen=True, slots=True)
class Kept:
    """A release that can be published again; `written`: how many files beyond the heartbeat it changed."""

    sequence: int
    generated_at: datetime
    written: int


def kept(page_id: int) -> list[Kept]:
    """The releases of a page that are kept whole, newest first."""
    beyond = File.objects.filter(page_id=page_id).exclude(path__in=HEARTBEAT)
    written = dict(beyond.values_list("since").annotate(written=Count("pk")))
    whole = Release.objects.filter(page_id=page_id, generated_at__isnull=False).order_by("-sequence")
    return [
        Kept(sequence, generated_at, written.get(sequence, 0))
        for sequence, generated_at in whole.values_list("sequence", "generated_at")
        if generated_at is not None
    ]


def sequence_at(page_id: int, at: datetime) -> int:
    """The sequence of the newest release made by `at`; 1 before the first (kept) one."""
    made = Release.objects.filter(page_id=page_id, generated_at__lte=at)
    return made.aggregate(Max("sequence"))["sequence__max"] or 1


def files_at(page_id: int, sequence: int) -> QuerySet[File]:
    """The files of a page as of one sequence."""
    still = Q(until=None) | Q(until__gt=sequence)
    return File.objects.filter(still, page_id=page_id, since__lte=sequence)


def usable_base(held: int, newest: int) -> int:
    """From which sequence changes can be told to one who holds `held`; 0: only as a whole.

    What was removed more than KEPT sequences ago is forgotten, and a holder that is ahead of us
    holds something else.
    """
    return held if newest - KEPT < held <= newest else 0


def removed(page_id: int, base: int, sequence: int) -> frozenset[str]:
    """Paths that were there at `base` and are not at `sequence`."""
    gone = File.objects.filter(page_id=page_id, since__lte=base, until__gt=base, until__lte=sequence)
    present = files_at(page_id, sequence).values("path")
    return frozenset(gone.exclude(path__in=present).values_list("path", flat=True))


def contents(files: QuerySet[File]) -> dict[str, bytes]:
    """Path to content of some files."""
    return {path: bytes(content) for path, content in files.values_list("path", "content")}
