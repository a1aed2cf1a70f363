"""What a drill needs on its page, set up and cleared away: a component, its monitor, a target, a reader.

Everything is a row like those of real pages, so that whatever works on those works on these.
"""

import logging
import shutil
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from incidents.models import Incident
from monitors import record
from monitors.models import Component, Feed, Monitor, Page, default_regions
from monitors.status import Status
from statuspage.locks import Lock, alone
from statuspage.models import Drill, File, Publishing, Release, Target
from subscribers.models import Notice, State, Subscriber

log = logging.getLogger(__name__)

# As often as a monitor may look, and as many failures as one usually takes to believe it.
INTERVAL, TIMEOUT, CONFIRM_DOWN, CONFIRM_UP = 10, 5, 2, 1
SLUG = "drill"


@dataclass(frozen=True, slots=True)
class Place:
    """Where drills happen: the application's own address, as readers and as workers reach it, and a folder.

    No address has a slash at its end. Nothing serves the folder.
    """

    app_url: str
    watched_url: str
    folder: Path


def set_up(drill: Drill, url: str, folder: Path, email: str, language: str, now: datetime) -> None:
    """Everything of one drill, in the transaction of the caller. `email` "": nobody is written to."""
    page = drill.page
    component = Component.objects.create(page=page, slug=SLUG, name_en="Drill", name_fr="Exercice")
    monitor = Monitor.objects.create(
        page=page,
        name="Drill",
        kind="http",
        config={"url": url, "method": "GET", "expected_statuses": "200"},
        interval=INTERVAL,
        timeout=TIMEOUT,
        confirm_down=CONFIRM_DOWN,
        confirm_up=CONFIRM_UP,
        regions=_regions(),
    )
    Feed.objects.create(monitor=monitor, component=component, impact=Status.MAJOR_OUTAGE.value)
    record.watch_component(component, now)
    record.sync_monitor(monitor, now)
    Target.objects.create(
        page=page, name="drill", kind="directory", config={"path": str(folder / str(drill.pk))}
    )
    if email:
        Subscriber.objects.create(
            page=page,
            channel="email",
            address=email,
            language=language,
            state=State.ACTIVE,
            created_at=now,
            confirmed_at=now,
        )


def _regions() -> list[str]:
    """The regions that most monitors are checked from."""
    used = Monitor.objects.filter(enabled=True, page__hidden=False).values_list("regions", flat=True)
    counted = Counter(tuple(sorted(regions)) for regions in used)
    return list(counted.most_common(1)[0][0]) if counted else default_regions()


def left() -> Page | None:
    """The hidden page while anything of a drill is on it; one statement."""
    things = Q()
    for model in (Component, Monitor, Target, Subscriber, Incident, Notice, Release, File):
        things |= Q(Exists(model.objects.filter(page=OuterRef("pk"))))
    return Page.every.filter(things, hidden=True).first()


def clear(page: Page, now: datetime) -> bool:
    """Leave nothing of it on the page. False while somebody still publishes it: ask again."""
    targets = list(Target.objects.filter(page=page))
    with ExitStack() as locks:
        wanted = [(Lock.RELEASE, page.pk), *((Lock.TARGET, target.pk) for target in targets)]
        if not all(locks.enter_context(alone(lock, key)) for lock, key in wanted):
            return False
        with transaction.atomic():
            _clear(page, now)
    return True


def _clear(page: Page, now: datetime) -> None:
    for monitor in Monitor.objects.filter(page=page):
        record.delete_monitor(monitor, now)
    Notice.objects.filter(page=page).delete()
    Subscriber.objects.filter(page=page).delete()
    Incident.objects.filter(page=page).delete()
    for component in Component.objects.filter(page=page):
        record.delete_component(component, now)
    for model in (Target, File, Release, Publishing):
        model.objects.filter(page=page).delete()


def clear_folder(folder: Path) -> None:
    """Removes what was published on this machine; where that is not possible, it says so."""
    if folder.is_symlink() or not folder.is_dir():
        return
    try:
        shutil.rmtree(folder)
    except OSError as error:
        log.warning("What a drill published could not be removed: %s", error)
