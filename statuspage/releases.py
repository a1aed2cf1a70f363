"""Releases: one snapshot rendered and stored under one sequence.

A release stores only the files that changed. Sequences only grow, and one advisory lock per page
keeps makers apart, so that any number of them may try at once. While a page is held at an older
release, nothing newer is made.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db import OperationalError, connection, transaction
from django.db.models import CharField, F, Func, Max, Q

from monitors.models import Page
from statuspage import changes
from statuspage.installation import Installation
from statuspage.locks import Lock, alone
from statuspage.models import File, Publishing, Release
from statuspage.render import RENDERER, render
from statuspage.signing import Signer
from statuspage.snapshot import Documents
from statuspage.stored import KEPT, contents, files_at, latest
from statuspage.take import take

HEARTBEAT = timedelta(seconds=60)
# Rows committed after a snapshot may carry an earlier time: documents are read again this far back.
OVERLAP = timedelta(seconds=60)

_NAMED = """
SELECT md5(string_agg(row, ' ' ORDER BY row)) FROM (
    SELECT format('page %%s %%s', id, updated_at) FROM monitors_page WHERE id = %(page)s
    UNION ALL
    SELECT format('group %%s %%s', id, updated_at) FROM monitors_group WHERE page_id = %(page)s
    UNION ALL
    SELECT format('component %%s %%s', id, updated_at) FROM monitors_component WHERE page_id = %(page)s
) AS rows (row)
"""

# After the first, second and every further failure in a row to make one.
RETRY = (timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=30))
# What a store or an undo pack can name; nobody gets there by publishing.
HIGHEST = 10**12 - 1


def due(page: Page, now: datetime) -> bool:
    """Whether the page differs from its last release, or its heartbeat is due."""
    page.refresh_from_db(fields=["touched_at"])
    return bool(due_of([page], now))


def due_of(pages: Iterable[Page], now: datetime) -> list[Page]:
    """The pages that differ from their last release, or whose heartbeat is due: three queries for all."""
    listed = list(pages)
    whole = Release.objects.filter(page__in=listed, generated_at__isnull=False)
    last = {each.page_id: each for each in whole.order_by("page_id", "-sequence").distinct("page_id")}
    allocated = Release.objects.filter(page__in=listed).values_list("page_id")
    highest = dict(allocated.annotate(highest=Max("sequence")))
    state = {each.page_id: each for each in Publishing.objects.filter(page__in=listed)}
    return [
        page
        for page in listed
        if _due(page, last.get(page.pk), highest.get(page.pk, 0), state.get(page.pk) or Publishing(), now)
    ]


def _due(page: Page, last: Release | None, highest: int, state: Publishing, now: datetime) -> bool:
    # A time to wait for that is further away was set before the clock was turned back.
    if now < state.retry_at <= now + RETRY[-1]:
        return False
    if last is None or last.generated_at is None:
        return True
    # A sequence was set aside, because somebody else published up to there.
    if highest > last.sequence or state.held is not None:
        return highest > last.sequence
    return (
        last.touched_at != page.touched_at
        # A heartbeat from further ahead was made before the clock was turned back.
        or abs(now - last.generated_at) >= HEARTBEAT
        or last.renderer != RENDERER
    )


def make(page: Page, now: datetime, by: Installation) -> Release | None:
    """Makes and stores the next release; None while another process is at it, or the page is held."""
    return _make(page, now, by, lambda: held_at(page) is None or due(page, now))


def make_due(page: Page, now: datetime, by: Installation) -> Release | None:
    """The same, but None as well where another process has just made what was due."""
    return _make(page, now, by, lambda: due(page, now))


def _make(page: Page, now: datetime, by: Installation, wanted: Callable[[], bool]) -> Release | None:
    with alone(Lock.RELEASE, page.pk) as held:
        if not held or not wanted():
            return None
        last = latest(page.pk)
        release = _allocate(page)
        try:
            if last is not None and held_at(page) is not None:
                return _repeated(last, release, now)
            return _made(page, last, release, now, by)
        except OperationalError:
            raise
        except Exception:
            # Tries that fail leave nothing behind, however many.
            release.delete()
            raise


def _repeated(last: Release, release: Release, now: datetime) -> Release:
    """The files of the last release again, those of the release that the page is held at."""
    # The renderer of another time: whatever comes after it is rendered anew.
    release.generated_at, release.touched_at, release.renderer = now, last.touched_at, ""
    _store(release, contents(files_at(last.page_id, last.sequence)), whole=True)
    return release


def _made(page: Page, last: Release | None, release: Release, now: datetime, by: Installation) -> Release:
    changes.note(page, now)
    release.named = named(page.pk)
    newer_than = _newer_than(last, release.named)
    taken = take(page.pk, now=now, sequence=release.sequence, newer_than=newer_than, by=by)
    files = signed(render(taken.snapshot, taken.documents), by.signer)
    release.generated_at, release.touched_at, release.renderer = now, taken.touched_at, RENDERER
    _store(release, files, whole=taken.whole, gone=_emptied(taken.documents))
    Publishing.objects.filter(page=page, failures__gt=0).update(failures=0)
    return release


def failed(page: Page, now: datetime) -> None:
    """Lets a page that could not be made wait: longer, the more often it failed in a row."""
    state, _ = Publishing.objects.get_or_create(page=page)
    wait = RETRY[min(state.failures, len(RETRY) - 1)]
    Publishing.objects.filter(page=page).update(failures=F("failures") + 1, retry_at=now + wait)


def set_aside(page: Page, sequence: int) -> int:
    """Makes every further release of a page higher than `sequence`, and asks for one.

    Returns what it will be higher than: that, or the highest that was ever allocated here.
    """
    highest = Release.objects.filter(page=page).aggregate(Max("sequence"))["sequence__max"] or 0
    if highest < sequence:
        Release.objects.bulk_create([Release(page=page, sequence=sequence)], ignore_conflicts=True)
        return sequence
    if highest == (last.sequence if (last := latest(page.pk)) else 0):
        return set_aside(page, highest + 1)
    return highest


def roll_back(page: Page, sequence: int, now: datetime) -> Release | None:
    """Publishes the files of an older release anew and holds the page there until `go_on`.

    None while another process makes a release. Raises ValueError for a release that is not kept.
    """
    with alone(Lock.RELEASE, page.pk) as held:
        if not held:
            return None
        kept = Release.objects.filter(page=page, sequence=sequence, generated_at__isnull=False).first()
        if kept is None:
            raise ValueError(f"release {sequence} is not kept")
        with transaction.atomic():
            Publishing.objects.update_or_create(page=page, defaults={"held": sequence})
            return _repeated(kept, _allocate(page), now)


def go_on(page: Page) -> bool:
    """Ends a rollback: the next release says what is true now. False where the page was not held."""
    return bool(Publishing.objects.filter(page=page, held__isnull=False).update(held=None))


def held_at(page: Page) -> int | None:
    """The release that a page was rolled back to; None for a page that goes on."""
    return Publishing.objects.filter(page=page, held__isnull=False).values_list("held", flat=True).first()


def signed(files: Mapping[str, bytes], signer: Signer) -> dict[str, bytes]:
    """The files with a detached signature of the status document beside it."""
    return {**files, "status.json.sig": signer.sign(files["status.json"])}


def _allocate(page: Page) -> Release:
    highest = Release.objects.filter(page=page).aggregate(Max("sequence"))["sequence__max"] or 0
    return Release.objects.create(page=page, sequence=highest + 1)


def _newer_than(last: Release | None, named: str) -> datetime | None:
    """Since when documents must be rendered again; None: all of them."""
    if last is None or last.generated_at is None or last.renderer != RENDERER or last.named != named:
        return None
    # A post that waited long for its locks is older than that, yet newer than what the snapshot saw.
    return min(last.generated_at - OVERLAP, last.touched_at)


def named(page_id: int) -> str:
    """A digest of the versions of the page, its groups and its components, which every document names.

    Taken before the snapshot: whatever is edited between the two is rendered now, and once more.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, {"page": page_id})
        (digest,) = cursor.fetchone()
    return str(digest)


@transaction.atomic
def _store(release: Release, files: Mapping[str, bytes], *, whole: bool, gone: Q | None = None) -> None:
    """Stores what changed. What is `gone`, or what a whole release does not name, is not there any more."""
    page_id, sequence = release.page_id, release.sequence
    current = File.objects.filter(page_id=page_id, until=None)
    named = current if whole else current.filter(Q(path__in=files.keys()) | (gone or Q(pk__in=())))
    held: dict[str, str] = dict(
        named.annotate(md5=Func("content", function="md5", output_field=CharField())).values_list(
            "path", "md5"
        )
    )
    changed = [path for path, content in files.items() if held.get(path) != _md5(content)]
    removed = [path for path in held if path not in files]
    current.filter(path__in=[*changed, *removed]).update(until=sequence)
    File.objects.bulk_create(
        File(page_id=page_id, path=path, content=files[path], since=sequence) for path in changed
    )
    release.save()
    _prune(page_id, sequence - KEPT)


def _emptied(documents: Documents) -> Q | None:
    """The files of what is shown no more, in every language; None where there is nothing such."""
    paths = [f"incidents/{id_}/" for id_ in documents.gone]
    paths += [f"history/{month}{end}" for month in documents.empty for end in ("/", ".json")]
    return reduce(or_, (Q(path__contains=path) for path in paths), Q(pk__in=())) if paths else None


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _prune(page_id: int, before: int) -> None:
    File.objects.filter(page_id=page_id, until__lte=before).delete()
    Release.objects.filter(page_id=page_id, sequence__lte=before).delete()
