"""The edges that let time pass for what staff say: each asks what is due, and nothing is done twice."""

import logging
from collections.abc import Callable
from datetime import datetime

from celery import shared_task
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from incidents import post, promises, reminders, series
from incidents.checklists import overdue
from incidents.reports import receiving, spikes
from incidents.team import outbox, sending
from incidents.team.wire import Way
from incidents.watching import silence, ticking
from monitors.essentials import resting
from monitors.network.guard import Allow

log = logging.getLogger(__name__)

# What time brings about, one after the other; one that fails holds up no other.
_DUE: tuple[Callable[[datetime], object], ...] = (
    post.settle,
    post.tick,
    series.tick,
    reminders.tick,
    promises.tick,
    overdue.tick,
    ticking.tick,
    silence.tick,
)


@shared_task(name="incidents.tasks.tick")
def tick() -> None:
    """Moves maintenances on, tells staff what is due and what is late, and acts on what monitors see."""
    for verb in _DUE:
        try:
            verb(timezone.now())
        except OperationalError:
            raise
        except Exception:
            log.exception("%s.%s failed", verb.__module__, verb.__qualname__)


@shared_task(name="incidents.tasks.tell_team")
def tell_team() -> None:
    """Begins to tell the team's channels what is due, and waits for none of them."""
    sending.begin(timezone.now(), timezone.now, Way(settings.APP_URL, Allow.parse(settings.PROBE_ALLOW)))


@shared_task(name="incidents.tasks.hear")
def hear() -> None:
    """Notices that visitors report more than usual."""
    if not resting():
        spikes.watch(timezone.now())


@shared_task(name="incidents.tasks.tidy")
def tidy() -> None:
    """Forgets what is over, once an hour."""
    now = timezone.now()
    outbox.forget(now)
    receiving.forget(now)
    spikes.forget(now)
