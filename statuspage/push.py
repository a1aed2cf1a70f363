"""Pushes the newest release to targets, each on its own: a slow or broken one stops no other."""

import logging
from datetime import datetime, timedelta

from django.db import OperationalError
from django.db.models import F, Max, Q, QuerySet

from statuspage.locks import Lock, alone
from statuspage.models import Release, Target
from statuspage.publish import TARGETS, Bundle, ConfigError, PublishError
from statuspage.stored import contents, files_at, latest, removed, usable_base

log = logging.getLogger(__name__)

# After the first, second and every further failure in a row.
RETRY = (timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=30))


def behind(now: datetime) -> QuerySet[Target]:
    """Targets that lack the newest release of their page and may be tried (again) now."""
    newest = Max("page__releases__sequence", filter=Q(page__releases__generated_at__isnull=False))
    # A time to wait for that is further away was set before the clock was turned back.
    waits = Q(retry_at__gt=now, retry_at__lte=now + RETRY[-1])
    targets = Target.objects.filter(~waits, enabled=True).annotate(newest=newest)
    return targets.filter(newest__isnull=False).exclude(sequence=F("newest"))


def push(target: Target, now: datetime) -> bool:
    """Brings one target to the newest release; False while another process is at it, or on failure.

    A failure is kept on the target with its reason and tried again within 30 s.
    """
    with alone(Lock.TARGET, target.pk) as held:
        if not held:
            return False
        target.refresh_from_db()
        release = latest(target.page_id)
        if release is None or release.sequence == target.sequence:
            return True
        try:
            TARGETS[target.kind].parse(target.config).publish(_bundle(target, release))
        except (PublishError, ConfigError) as error:
            _failed(target, str(error), now)
            return False
        except OperationalError:
            raise
        except Exception as error:  # staff must learn of it, and it must not be tried every second
            log.exception("target %s of page %s", target.name, target.page_id)
            _failed(target, f"{type(error).__name__}: {error}", now)
            return False
        _succeeded(target, release, now)
        return True


def unmade(page_id: int, error: Exception) -> None:
    """Says on every target of a page why there is no newer release to push."""
    reason = f"The page could not be made: {type(error).__name__}: {error}"
    Target.objects.filter(page=page_id).update(error=reason[:500])


def _bundle(target: Target, release: Release) -> Bundle:
    page_id, sequence = target.page_id, release.sequence
    base = usable_base(target.sequence, sequence)
    return Bundle(
        page_id=target.page.public_id,
        sequence=sequence,
        base_sequence=base,
        changed=contents(files_at(page_id, sequence).filter(since__gt=base)),
        removed=removed(page_id, base, sequence),
        all=lambda: contents(files_at(page_id, sequence)),
    )


def _succeeded(target: Target, release: Release, now: datetime) -> None:
    Target.objects.filter(pk=target.pk).update(
        sequence=release.sequence, published_at=now, failures=0, error="", retry_at=now
    )


def _failed(target: Target, reason: str, now: datetime) -> None:
    wait = RETRY[min(target.failures, len(RETRY) - 1)]
    log.warning("target %s of page %s: %s", target.name, target.page_id, reason)
    Target.objects.filter(pk=target.pk).update(
        failures=F("failures") + 1, error=reason[:500], retry_at=now + wait
    )
