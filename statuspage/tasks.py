"""The publish queue's edges: does a page differ, is a target behind, do customers see it already?"""

import logging

from celery import shared_task
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from monitors import record
from monitors.essentials import resting
from monitors.models import Page
from monitors.network.guard import Allow
from statuspage import changes, dead_man, offsite, own_ticks, receipts, releases
from statuspage.board import alarms
from statuspage.drill import figures, hidden, running
from statuspage.drill.places import place
from statuspage.installation import installation
from statuspage.locks import Lock, alone
from statuspage.models import Target
from statuspage.people import forgetting
from statuspage.push import behind, push, settled, unmade
from statuspage.push import look as look_for_emergency

log = logging.getLogger(__name__)


@shared_task(name="statuspage.tasks.publish")
def publish() -> None:
    """Makes the releases that are due and asks for every target behind to be pushed."""
    # Nothing here needs the one field that cannot be read without its key.
    for page in releases.due_of(hidden.published().defer("dead_man_url"), timezone.now()):
        _make(page)
    for target in behind(timezone.now()):
        own_ticks.hand_out(push_target, target.pk, expires=2)
    # After the page, which everybody reads.
    changes.tell()


def _make(page: Page) -> None:
    """Makes the release of one page if it is still due; one that fails waits and holds up no other."""
    try:
        releases.make_due(page, timezone.now(), installation())
    except OperationalError:
        raise
    except Exception as error:
        log.exception("Page %s could not be made", page.pk)
        releases.failed(page, timezone.now())
        unmade(page.pk, error)


@shared_task(name="statuspage.tasks.push")
def push_target(target_id: int) -> None:
    """Brings one target to the newest release; a target that was deleted meanwhile is left."""
    target = Target.objects.filter(pk=target_id).select_related("page").defer("page__dead_man_url").first()
    if target is not None:
        push(target, timezone.now(), installation())


@shared_task(name="statuspage.tasks.look")
def look() -> None:
    """Asks for a look at every target that nothing is pushed to: an emergency may have been posted there."""
    for target in settled():
        own_ticks.hand_out(look_at, target.pk, expires=20)


@shared_task(name="statuspage.tasks.look_at")
def look_at(target_id: int) -> None:
    """Looks at one target; a target that was deleted meanwhile is left."""
    target = Target.objects.filter(pk=target_id).select_related("page").defer("page__dead_man_url").first()
    if target is not None:
        look_for_emergency(target, timezone.now(), installation())


@shared_task(name="statuspage.tasks.doubt")
def doubt() -> None:
    """Makes unknown what is silent, as the core does: while it is gone, nothing published may stay green."""
    now = timezone.now()
    if resting():
        record.rest(now)
    else:
        record.sweep(now)


@shared_task(name="statuspage.tasks.follow_up")
def follow_up() -> None:
    """Reads back what was published and tells the dead man's switches, one round at a time."""
    with alone(Lock.FOLLOW_UP, 0) as held:
        if held:
            allow = Allow.parse(settings.PROBE_ALLOW)
            receipts.collect(timezone.now(), allow)
            dead_man.call(timezone.now(), allow)


@shared_task(name="statuspage.tasks.alarm")
def alarm() -> None:
    """Tells the team where publishing fails."""
    alarms.tell(timezone.now())


@shared_task(name="statuspage.tasks.export")
def export() -> None:
    """Asks for the list of subscribers wherever it is old or says something else by now."""
    if resting():
        return
    for target in offsite.due(timezone.now(), settings.APP_URL):
        own_ticks.hand_out(write_list, target.pk, expires=20)


@shared_task(name="statuspage.tasks.write_list")
def write_list(target_id: int) -> None:
    """Leaves the list of subscribers at one target; a target that was deleted meanwhile is left."""
    target = Target.objects.filter(pk=target_id).select_related("page").first()
    if target is not None:
        offsite.write(target, timezone.now(), installation())


@shared_task(name="statuspage.tasks.drill")
def drill() -> None:
    """Moves a drill on, and clears away what is left of one that is over."""
    running.advance(place(), timezone.now())


@shared_task(name="statuspage.tasks.forget")
def forget() -> None:
    """Drops sessions that are over."""
    forgetting.forget(timezone.now())


@shared_task(name="statuspage.tasks.remind_of_drills")
def remind_of_drills() -> None:
    """Tells the team that another drill is due, once a month."""
    figures.remind(timezone.now())
