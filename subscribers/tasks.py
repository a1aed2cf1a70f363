"""The ticks of the post room: send what is due, forget what is old."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Lock

from celery import shared_task
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from monitors.bell import ring
from monitors.essentials import resting
from subscribers import allowance, claims, deliver, outbox, preferences, signup, throttles
from subscribers.channels import CHANNELS
from subscribers.lists import importing
from subscribers.means import means
from subscribers.returns import bounces
from subscribers.returns.imap import MailboxDown, visit
from subscribers.returns.mailbox import Place

log = logging.getLogger(__name__)

# After this long nothing new is begun, so that a worker that is told to stop does so within 30 s.
TURN = timedelta(seconds=8)
_SEND = "subscribers.tasks.send"
# One sender per channel and process: what may be sent and not yet recorded is counted by process.
_lanes = {channel: Lock() for channel in CHANNELS}
_mailbox = Lock()


@shared_task
def send() -> None:
    """Send what is due, each channel in a thread of its own: none waits for another, mail begins last.

    While a channel is still busy with an earlier tick, this one leaves it alone. Where there is more than one
    sender can take at once, another is called, and so on, until all that there are send.
    """
    now = timezone.now()
    try:
        due = claims.due(CHANNELS, now)
    except OperationalError as error:
        log.warning("Sending waits for the database: %s", error)
        connection.close()
        return
    busy = [channel for channel in CHANNELS if channel in due]
    with ThreadPoolExecutor(max(1, len(busy))) as pool:
        for _done in pool.map(lambda channel: _send_on(channel, now + TURN), busy):
            pass


def _send_on(channel: str, until: datetime) -> None:
    if not _lanes[channel].acquire(blocking=False):
        return
    try:
        deliver.run(channel, means(settings), timezone.now, until, lambda: ring(_SEND))
        if timezone.now() >= until:
            ring(_SEND)
    except OperationalError as error:
        log.warning("Sending on %s waits for the database: %s", channel, error)
    finally:
        connection.close()
        _lanes[channel].release()


@shared_task
def tidy() -> None:
    """Forget who never confirmed or follows only what is over, old notices, and who used the forms."""
    if resting():
        return
    now = timezone.now()
    signup.drop_pending(now)
    preferences.forget_followers(now)
    outbox.forget(now)
    allowance.forget(now)
    importing.forget(now)
    throttles.forget(now)


@shared_task
def read_bounces() -> None:
    """Do what came into the mailbox for mail that comes back, where there is one."""
    if not settings.BOUNCE_URL or resting() or not _mailbox.acquire(blocking=False):
        return
    try:
        place = Place.parse(settings.BOUNCE_URL)
        with visit(place) as box:
            bounces.collect(box, place.delete, timezone.now)
    except (MailboxDown, OperationalError, ValueError) as trouble:
        log.warning("Mail that comes back is not read: %s", trouble)
    finally:
        connection.close()
        _mailbox.release()
