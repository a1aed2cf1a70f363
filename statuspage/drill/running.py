"""Starts, advances and ends drills: the one writer of Drill.

One at a time, by the database. Whoever looks moves it on by what is so now: any process may, as often as it
likes. One that takes too long is ended with the step that was not reached, and nothing of it is left.
"""

import logging
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.utils.translation import gettext_noop

from monitors import bell
from monitors.essentials import resting
from statuspage import told
from statuspage.drill import hidden, scene
from statuspage.drill.scene import Place
from statuspage.drill.steps import STEPS, TOGETHER, Step, unreached
from statuspage.locks import Lock, alone
from statuspage.models import Drill

log = logging.getLogger(__name__)

# A whole drill takes about a minute.
LIMIT = timedelta(minutes=5)
# How many drills are remembered.
KEPT = 200
STOPPED = "stopped"
STOPPED_BY = gettext_noop("%(who)s stopped it.")
STOPPED_ITSELF = gettext_noop("It was stopped.")
BUSY = gettext_noop("A drill is going on already.")
RESTING = gettext_noop("In degraded mode nothing is checked: there is no drill now.")
FAILED = gettext_noop("Something unforeseen went wrong: %(error)s")


class CannotDrill(Exception):
    """No drill can begin now, for one reason: a message id."""


def start(place: Place, now: datetime, *, email: str, language: str, user: User | None = None) -> Drill:
    """Begin a drill whose notices go to `email` and the team's channels. Raises CannotDrill."""
    with alone(Lock.DRILL, 0) as held:
        if not held:
            raise CannotDrill(BUSY)
        if resting():
            raise CannotDrill(RESTING)
        _end_what_is_overdue(now)
        page = hidden.hidden_page(place.app_url)
        if running() is not None or (scene.left() and not scene.clear(page, now)):
            raise CannotDrill(BUSY)
        with transaction.atomic():
            drill = Drill.objects.create(page=page, started_by=user, started_at=now)
            url = place.watched_url + hidden.path(page)
            scene.set_up(drill, url, place.folder, email, language, now)
        _forget()
    bell.ring("statuspage.tasks.publish")
    return drill


def running() -> Drill | None:
    """The drill that goes on; None where none does."""
    return Drill.objects.filter(finished_at=None).select_related("page").first()


def advance(place: Place, now: datetime) -> None:
    """Move the drill on as far as it has come; between drills, clear away what is left of the last one."""
    # A drill that goes on has always something on its page.
    if scene.left() is None and not place.folder.exists():
        return
    with alone(Lock.DRILL, 0) as held:
        if not held:
            return
        drill = running()
        if drill is not None:
            _advance(drill, now)
        if running() is None:
            _clear(place, now)


def stop(place: Place, now: datetime, who: str = "") -> bool:
    """End the drill that goes on, and clear it away. False where none does."""
    why = told.sentence(STOPPED_BY, who=who) if who else told.sentence(STOPPED_ITSELF)
    stopped = Drill.objects.filter(finished_at=None).update(finished_at=now, failure=STOPPED, why=why)
    if stopped:
        advance(place, now)
    return bool(stopped)


def overdue(drill: Drill, now: datetime) -> bool:
    """Whether it has had its time; one from further ahead was started before the clock was turned back."""
    return not -LIMIT < now - drill.started_at < LIMIT


def _advance(drill: Drill, now: datetime) -> None:
    try:
        with transaction.atomic():
            while _step(drill, now):
                pass
    except OperationalError:
        raise
    except Exception as error:
        log.exception("A drill failed")
        _end(drill, now, unreached(drill), told.sentence(FAILED, error=f"{type(error).__name__}: {error}"))
        return
    if drill.finished_at is None and overdue(drill, now):
        step = unreached(drill)
        _end(drill, now, step, step.missing(drill) if step else {})


def _step(drill: Drill, now: datetime) -> bool:
    """Note every step that was reached. Whether the next may have been, too."""
    first = unreached(drill)
    if first is None:
        return False
    found = False
    for step in [each for each in STEPS if each is first or {each.name, first.name} <= TOGETHER]:
        at = step.reached(drill, now) if step.of(drill) is None else None
        if at is not None:
            setattr(drill, step.name, at)
            Drill.objects.filter(pk=drill.pk, finished_at=None).update(**{step.name: at})
            found = True
    return found


def _end(drill: Drill, now: datetime, step: Step | None, why: told.Kept) -> None:
    name = step.name if step else ""
    Drill.objects.filter(pk=drill.pk, finished_at=None).update(finished_at=now, failure=name, why=why)


def _end_what_is_overdue(now: datetime) -> None:
    """Nobody moved it on: whatever does that does not run."""
    drill = running()
    if drill is not None and overdue(drill, now):
        step = unreached(drill)
        _end(drill, now, step, step.missing(drill) if step else {})


def _clear(place: Place, now: datetime) -> None:
    page = scene.left()
    if page is None or scene.clear(page, now):
        scene.clear_folder(place.folder)


def _forget() -> None:
    old = Drill.objects.exclude(finished_at=None).values_list("pk", flat=True)[KEPT:]
    Drill.objects.filter(pk__in=list(old)).delete()
