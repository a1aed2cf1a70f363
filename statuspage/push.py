"""Pushes the newest release to targets, each on its own: a slow or broken one stops no other.

What is there is judged first (`ahead`): nothing is overwritten that is not known to be ours.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError
from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import gettext_noop

from monitors.models import EPOCH, Access
from statuspage import ahead, publish, releases, told
from statuspage.ahead import Verdict
from statuspage.installation import Installation
from statuspage.locks import Lock, alone
from statuspage.merge import take_over
from statuspage.models import Release, Target
from statuspage.publish import TARGETS, Bundle, ConfigError, PublishError, Result
from statuspage.publish.bundle import HEARTBEAT as BEAT
from statuspage.render import withdrawn
from statuspage.render.files import HEARTBEAT
from statuspage.snapshot import Keys
from statuspage.stored import contents, files_at, latest, removed, usable_base
from statuspage.values import page_info

log = logging.getLogger(__name__)

# After the first, second and every further failure in a row.
RETRY = (timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=30))
UNFORESEEN = gettext_noop("Something unforeseen went wrong: %(error)s")
UNMADE = gettext_noop("The page could not be made: %(error)s")
TOO_HIGH = gettext_noop(
    "The sequence %(sequence)d there is higher than any can be. Empty this target: it is then published anew."
)
TAKEN_OVER = gettext_noop("What was posted with the emergency tool was taken over; a new release follows.")


def behind(now: datetime) -> QuerySet[Target]:
    """Targets that lack the newest release of their page and may be tried (again) now.

    A page that not everybody may read is published nowhere; what still shows it is emptied once.
    """
    newest = Max("page__releases__sequence", filter=Q(page__releases__generated_at__isnull=False))
    # A time to wait for that is further away was set before the clock was turned back.
    waits = Q(retry_at__gt=now, retry_at__lte=now + RETRY[-1])
    public = Q(page__access=Access.PUBLIC)
    shown = ~public & Q(sequence__gt=0, sequence__lt=F("newest"))
    targets = Target.objects.filter(~waits, enabled=True).annotate(newest=newest)
    return targets.filter(shown | public, newest__isnull=False).exclude(sequence=F("newest"))


def push(target: Target, now: datetime, by: Installation) -> bool:
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
            place = TARGETS[target.kind].parse(target.config)
            pushing = _Pushing(target, place, release, by, now)
            return pushing.publish() if pushing.may() else False
        except (PublishError, ConfigError) as error:
            _failed(target, str(error), told.of(error), now)
            return False
        except OperationalError:
            raise
        except Exception as error:  # staff must learn of it, and it must not be tried every second
            log.exception("target %s of page %s", target.name, target.page_id)
            said = told.sentence(UNFORESEEN, error=f"{type(error).__name__}: {error}")
            _failed(target, told.told(said, str), said, now)
            return False


def settled() -> QuerySet[Target]:
    """Targets that hold the newest release of their page, which may be held: nothing is pushed there now."""
    newest = Max("page__releases__sequence", filter=Q(page__releases__generated_at__isnull=False))
    targets = Target.objects.filter(enabled=True, page__access=Access.PUBLIC).annotate(newest=newest)
    return targets.filter(sequence=F("newest"))


def look(target: Target, now: datetime, by: Installation) -> None:
    """Takes over what an emergency posted at a settled target, without waiting for the next release."""
    with alone(Lock.TARGET, target.pk) as held:
        target.refresh_from_db()
        release = latest(target.page_id)
        if not held or release is None or release.sequence != target.sequence:
            return
        try:
            _Pushing(target, TARGETS[target.kind].parse(target.config), release, by, now).may()
        except (PublishError, ConfigError) as error:
            # What keeps us from publishing there, the next publication says.
            log.warning("target %s of page %s cannot be looked at: %s", target, target.page_id, error)


def unmade(page_id: int, error: Exception) -> None:
    """Says on every target of a page why there is no newer release to push."""
    said = told.sentence(UNMADE, error=f"{type(error).__name__}: {error}")
    Target.objects.filter(page=page_id).update(error=told.told(said, str)[:500], error_said=said)


@dataclass(frozen=True, slots=True)
class _Pushing:
    """One release on its way to one target."""

    target: Target
    place: publish.Target
    release: Release
    by: Installation
    now: datetime

    def may(self) -> bool:
        """Whether it may be published over what is there. Raises PublishError."""
        found = self.place.state()
        verdict = ahead.judge(self.target, found, self.release.sequence, keys(self.target, self.by))
        alarm = ahead.alarm(verdict, self.target, found)
        if alarm != self.target.alarm:
            Target.objects.filter(pk=self.target.pk).update(alarm=alarm)
        if alarm:
            log.error(
                "ALARM: target %s of page %s: %s", self.target, self.target.page_id, told.told(alarm, str)
            )
            _failed(self.target, told.told(alarm, str), alarm, self.now)
            return False
        if verdict is Verdict.EMERGENCY and found is not None:
            self._take_over(found)
            return False
        if verdict is Verdict.AGREED and self.release.sequence <= self.target.agreed["above"]:
            # The release that follows may take long to make, or fail.
            Target.objects.filter(pk=self.target.pk).update(retry_at=self.now + RETRY[0])
            return False
        return True

    def _take_over(self, found: publish.State) -> None:
        take_over(self.place, self.target.page, self.now)
        # What a person posted since then is newer than what the page was rolled back to.
        releases.go_on(self.target.page)
        agree(self.target, found)
        log.warning("target %s of page %s: %s", self.target, self.target.page_id, TAKEN_OVER)

    def publish(self) -> bool:
        """Publishes it. Raises PublishError."""
        if self.target.page.private:
            self.place.publish(self._emptied())
            forget(Target.objects.filter(pk=self.target.pk))
        else:
            self._succeeded(self.place.publish(self._bundle()))
        return True

    def _emptied(self) -> Bundle:
        page, sequence = self.target.page, self.release.sequence
        # Which release it is, for whoever looks what is there.
        beat = contents(files_at(page.pk, sequence).filter(path=BEAT))
        files = beat | withdrawn.files(page_info(page, self.by.app_url, self.by.signer.public))
        return Bundle(
            page_id=page.public_id,
            sequence=sequence,
            changed=files,
            removed=(),
            all=lambda: files,
            signer=self.by.signer,
            over=self.target.agreed.get("release", ""),
        )

    def _bundle(self) -> Bundle:
        page_id, sequence = self.target.page_id, self.release.sequence
        base = usable_base(self.target.sequence, sequence)
        changed = contents(files_at(page_id, sequence).filter(since__gt=base))
        gone = removed(page_id, base, sequence)
        paths = {*changed, *gone}

        def previous() -> dict[str, bytes | None]:
            return {**dict.fromkeys(paths), **contents(files_at(page_id, base).filter(path__in=paths))}

        return Bundle(
            page_id=self.target.page.public_id,
            sequence=sequence,
            base_sequence=base,
            changed=changed,
            removed=gone,
            all=lambda: contents(files_at(page_id, sequence)),
            signer=self.by.signer,
            previous=previous if paths - HEARTBEAT else None,
            over=self.target.agreed.get("release", ""),
        )

    def _succeeded(self, result: Result) -> None:
        values: dict[str, Any] = {
            "sequence": self.release.sequence,
            "published_at": self.now,
            "failures": 0,
            "error": "",
            "error_said": {},
            "warning": told.of(result.warnings[0]) if result.warnings else {},
            "alarm": {},
            "agreed": {},
            "retry_at": self.now,
            "reads": 0,
        }
        if self.target.unseen_since is None:
            values["unseen_since"] = self.now
        # Staff may have asked for a resync, or for another place, while this went on.
        asked = self.target.sequence
        Target.objects.filter(pk=self.target.pk, config=self.target.config, sequence=asked).update(**values)


def forget(targets: QuerySet[Target]) -> None:
    """Lets every file of these targets be compared with the newest release, at once."""
    targets.update(
        sequence=0, retry_at=EPOCH, receipt_sequence=0, receipt_error={}, unseen_since=None, reads=0
    )


def keys(target: Target, by: Installation) -> Keys:
    """Who may have signed what is at a target."""
    return Keys(application=by.signer.public, emergency=target.page.emergency_key)


def agree(target: Target, found: publish.State) -> None:
    """Lets exactly what was `found` at a target be overwritten by the next release. Raises PublishError."""
    if found.sequence >= releases.HIGHEST:
        raise PublishError(TOO_HIGH, sequence=found.sequence)
    above = releases.set_aside(target.page, found.sequence)
    Target.objects.filter(pk=target.pk).update(
        agreed=ahead.agreement(found, above), alarm={}, error="", error_said={}, failures=0, sequence=0
    )


def _failed(target: Target, reason: str, said: told.Kept, now: datetime) -> None:
    wait = RETRY[min(target.failures, len(RETRY) - 1)]
    log.warning("target %s of page %s: %s", target.name, target.page_id, reason)
    Target.objects.filter(pk=target.pk).update(
        failures=F("failures") + 1, error=reason[:500], error_said=said, retry_at=now + wait
    )
