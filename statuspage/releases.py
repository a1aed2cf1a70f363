"""Releases: one snapshot rendered and stored under one sequence.

A release stores only the files that changed. Sequences only grow, and one advisory lock per page
keeps makers apart, so that any number of them may try at once.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, Func, Max

from monitors.models import Component, Group, Page
from statuspage.installation import Installation
from statuspage.locks import Lock, alone
from statuspage.models import File, Release
from statuspage.render import RENDERER, render
from statuspage.signing import Signer
from statuspage.stored import KEPT, latest
from statuspage.take import take

HEARTBEAT = timedelta(seconds=60)
# Rows committed after a snapshot may carry an earlier time: documents are read again this far back.
OVERLAP = timedelta(seconds=60)


def due(page: Page, now: datetime) -> bool:
    """Whether the page differs from its last release, or its heartbeat is due."""
    last = latest(page.pk)
    return (
        last is None
        or last.generated_at is None
        or (
            last.touched_at != page.touched_at
            # A heartbeat from further ahead was made before the clock was turned back.
            or abs(now - last.generated_at) >= HEARTBEAT
            or last.renderer != RENDERER
        )
    )


def make(page: Page, now: datetime, by: Installation) -> Release | None:
    """Makes and stores the next release; None while another process is at it."""
    with alone(Lock.RELEASE, page.pk) as held:
        if not held:
            return None
        last = latest(page.pk)
        release = _allocate(page)
        taken = take(
            page.pk,
            now=now,
            sequence=release.sequence,
            newer_than=_newer_than(page.pk, last),
            by=by,
        )
        files = signed(render(taken.snapshot, taken.documents), by.signer)
        release.generated_at, release.touched_at, release.renderer = now, taken.touched_at, RENDERER
        _store(release, files, whole=taken.whole)
        return release


def signed(files: Mapping[str, bytes], signer: Signer) -> dict[str, bytes]:
    """The files with a detached signature of the status document beside it."""
    return {**files, "status.json.sig": signer.sign(files["status.json"])}


def _allocate(page: Page) -> Release:
    highest = Release.objects.filter(page=page).aggregate(Max("sequence"))["sequence__max"] or 0
    return Release.objects.create(page=page, sequence=highest + 1)


def _newer_than(page_id: int, last: Release | None) -> datetime | None:
    """Since when documents must be rendered again; None: all of them.

    Names of components, groups and the page stand in every document.
    """
    if last is None or last.generated_at is None or last.renderer != RENDERER:
        return None
    since = last.generated_at - OVERLAP
    edited = (
        Page.objects.filter(pk=page_id, updated_at__gt=since).exists()
        or Component.objects.filter(page_id=page_id, updated_at__gt=since).exists()
        or Group.objects.filter(page_id=page_id, updated_at__gt=since).exists()
    )
    # A post that waited long for its locks is older than that, yet newer than what the snapshot saw.
    return None if edited else min(since, last.touched_at)


@transaction.atomic
def _store(release: Release, files: Mapping[str, bytes], *, whole: bool) -> None:
    page_id, sequence = release.page_id, release.sequence
    current = File.objects.filter(page_id=page_id, until=None)
    named = current if whole else current.filter(path__in=files.keys())
    held: dict[str, str] = dict(
        named.annotate(md5=Func("content", function="md5", output_field=CharField())).values_list(
            "path", "md5"
        )
    )
    changed = [path for path, content in files.items() if held.get(path) != _md5(content)]
    gone = [path for path in held if path not in files]
    current.filter(path__in=[*changed, *gone]).update(until=sequence)
    File.objects.bulk_create(
        File(page_id=page_id, path=path, content=files[path], since=sequence) for path in changed
    )
    release.save()
    _prune(page_id, sequence - KEPT)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _prune(page_id: int, before: int) -> None:
    File.objects.filter(page_id=page_id, until__lte=before).delete()
    Release.objects.filter(page_id=page_id, sequence__lte=before).delete()
