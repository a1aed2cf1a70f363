"""Receipts: each target is read at its public address, as a customer would, and compared with the release.

A receipt is pending until both the heartbeat and the index are those of the release; a cache in between
may take PATIENCE, then staff are told. Reading never holds up publishing: a few requests, several seconds
apart, one round at a time.
"""

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Func, Q
from django.db.models.fields import CharField
from django.utils.translation import gettext_noop

from monitors import outbound
from monitors.models import Access
from monitors.network.guard import Allow
from monitors.reasons import OutboundError
from statuspage import told
from statuspage.models import File, Target
from statuspage.publish import TARGETS, ConfigError
from statuspage.publish.bundle import HEARTBEAT, INDEX

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=40)
APART = timedelta(seconds=5)
# Of one release; more than PATIENCE takes.
READS = 10
AT_ONCE = 50
DEADLINE = 5.0
# An index of 1,000 components has under 1 MB.
LONGEST = 4_000_000
REDIRECTS = 3
# What is read, and the file of the release that it must be.
READ = {f"/{HEARTBEAT}": HEARTBEAT, "/": INDEX}
OLD = gettext_noop("The public address still shows release %(seen)d.")
STRANGE = gettext_noop("What %(path)s answers at the public address is not what was published.")
STATUS = gettext_noop("%(path)s answers with status %(status)d at the public address.")
UNREAD = gettext_noop("The public address cannot be read: %(reason)s")


@dataclass(frozen=True, slots=True)
class Read:
    """What one address answered: the MD5 of it, or what was wrong."""

    path: str
    md5: str = ""
    error: told.Kept | None = None


def due(now: datetime) -> dict[Target, str]:
    """Targets whose newest release was not seen yet, with the address to look at; those without are left."""
    recent = Q(read_at__gt=now - APART, read_at__lte=now + APART)
    waiting = Target.objects.filter(~recent, enabled=True, page__access=Access.PUBLIC, sequence__gt=0)
    waiting = waiting.exclude(receipt_sequence=F("sequence")).filter(reads__lt=READS)
    found = {target: public_url(target) for target in waiting.order_by("read_at", "id")[:AT_ONCE]}
    return {target: url for target, url in found.items() if url}


def public_url(target: Target) -> str:
    """Where customers read a target; "" where its configuration does not say."""
    try:
        return TARGETS[target.kind].parse(target.config).public_url
    except (KeyError, ConfigError):
        return ""


def collect(now: datetime, allow: Allow) -> None:
    """Looks once for every receipt that is due. Only one process at a time may."""
    targets = due(now)
    if targets:
        answers = asyncio.run(_read_all(targets.values(), allow))
        for target, reads in zip(targets, answers, strict=True):
            _judge(target, reads, now)


async def _read_all(urls: Iterable[str], allow: Allow) -> list[list[Read]]:
    return await asyncio.gather(*(_read_both(url, allow) for url in urls))


async def _read_both(url: str, allow: Allow) -> list[Read]:
    return await asyncio.gather(*(_read(url, path, allow) for path in READ))


async def _read(url: str, path: str, allow: Allow) -> Read:
    try:
        answer = await outbound.exchange(
            "GET", url + path, deadline=DEADLINE, allow=allow, redirects=REDIRECTS, body_bytes=LONGEST
        )
    except OutboundError as error:
        return Read(path, error=told.sentence(UNREAD, reason=told.sentence(error.sentence)))
    if answer.status != 200:
        return Read(path, error=told.sentence(STATUS, path=path, status=answer.status))
    return Read(path, hashlib.md5(answer.body, usedforsecurity=False).hexdigest())


def _judge(target: Target, reads: Iterable[Read], now: datetime) -> None:
    """Keeps the newest release that all of `reads` are of, and an alarm once that took too long."""
    error = next((read.error for read in reads if read.error), None)
    seen = 0
    if error is None:
        known = _known(target)
        releases = {read.path: known.get((READ[read.path], read.md5), 0) for read in reads}
        seen = min(releases.values())
        strange = next((path for path, sequence in releases.items() if not sequence), None)
        error = told.sentence(STRANGE, path=strange) if strange else told.sentence(OLD, seen=seen)
    # A resync or a newer release began meanwhile: that one has a receipt of its own.
    row = Target.objects.filter(pk=target.pk, sequence=target.sequence, config=target.config)
    if seen == target.sequence:
        row.update(
            receipt_sequence=seen, receipt_at=now, receipt_error={}, unseen_since=None, read_at=now, reads=0
        )
        return
    since = target.unseen_since or now
    if seen > target.receipt_sequence:
        # It moves: a cache is behind by one release, not stuck.
        row.update(receipt_sequence=seen, receipt_at=now)
        since = now
    overdue = abs(now - since) >= PATIENCE
    if overdue and not target.receipt_error:
        log.error("target %s of page %s: %s", target, target.page_id, told.told(error, str))
    row.update(
        receipt_error=error if overdue else target.receipt_error,
        unseen_since=since,
        read_at=now,
        reads=F("reads") + 1,
    )


def _known(target: Target) -> Mapping[tuple[str, str], int]:
    """The last release that each content of the two files was part of, by path and MD5."""
    files = File.objects.filter(page=target.page_id, path__in=READ.values(), since__lte=target.sequence)
    md5 = Func("content", function="md5", output_field=CharField())
    rows = files.order_by("since").annotate(md5=md5).values_list("path", "md5", "until")
    return {
        (path, digest): target.sequence if until is None else min(until - 1, target.sequence)
        for path, digest, until in rows
    }
