"""One update as it is written: checked, recorded with what it says of components, told.

Only `post` calls this, inside its transaction. Within one incident or maintenance time never runs
backwards, whatever the clock does, and one update id is written once.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.utils.translation import gettext as _

from incidents import before, standing, telling
from incidents.checklists import opening
from incidents.lifecycle import (
    CLOSED,
    Impact,
    IncidentStatus,
    MaintenanceStatus,
    NotAllowed,
    check_incident,
    check_maintenance,
)
from incidents.models import (
    INCIDENT_LABELS,
    MAINTENANCE_LABELS,
    ComponentChange,
    Incident,
    Maintenance,
    Update,
)
from incidents.team import news
from incidents.words import PostError, Texts, moment
from monitors import bell, record
from monitors.ids import public_id
from monitors.models import Component, Page
from monitors.status import Status

# The class of the advisory locks on update ids (the first of their two keys).
ONE_POST = 1101
_ID = re.compile(r"[0-9a-z]{12}")


class AlreadyPosted(PostError):
    """The update of this id is already there: `update`. Nothing was written again."""

    def __init__(self, update: Update) -> None:
        super().__init__("", _("This was already posted."))
        self.update = update


@dataclass(frozen=True, slots=True)
class Step:
    """What every update carries, checked. `at` is when it counts, `now` when it is written.

    `emergency`: it was said in public before, at `at`, and is only taken over now. Its notices wait
    for `hold`; so long it can be undone.
    """

    body: Texts
    at: datetime
    now: datetime
    author: User | None
    notify: bool
    update_id: str
    emergency: bool = False
    hold: timedelta = timedelta(0)
    # The only ones that are told; None: all.
    channels: Collection[str] | None = None
    # Nobody wrote it: monitoring says so by itself.
    monitoring: bool = False

    @property
    def due_at(self) -> datetime:
        """When its notices are due."""
        return self.now + self.hold


@dataclass(frozen=True, slots=True)
class Emergency:
    """When, and about which incident (public id), an update was posted while the application was down."""

    at: datetime
    incident_id: str


def once(update_id: str | None) -> str:
    """The id of the update to write, held so that nobody else writes it; a new one for None.

    Raises AlreadyPosted, and PostError for what is no id.
    """
    if update_id is None:
        return public_id()
    if not _ID.fullmatch(update_id):
        raise PostError("", _("This form is damaged: please load it anew."))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [ONE_POST, update_id])
    earlier = Update.everything.filter(public_id=update_id).first()
    if earlier is not None:
        raise AlreadyPosted(earlier)
    return update_id


def read_impact(impact: str) -> Impact:
    """Raises PostError where there is no such impact."""
    try:
        return Impact(impact)
    except ValueError:
        raise PostError("impact", _("There is no such impact.")) from None


def next_incident_status(before: IncidentStatus | None, status: str) -> IncidentStatus:
    """Raises PostError where there is no such status, or where it cannot follow `before`."""
    try:
        after = IncidentStatus(status)
        check_incident(before, after)
    except NotAllowed:
        raise _not_after(INCIDENT_LABELS[after], before and INCIDENT_LABELS[before]) from None
    except ValueError:
        raise PostError("status", _("There is no such status.")) from None
    return after


def next_maintenance_status(before: MaintenanceStatus | None, status: str) -> MaintenanceStatus:
    """Raises PostError where there is no such status, or where it cannot follow `before`."""
    try:
        after = MaintenanceStatus(status)
        check_maintenance(before, after)
    except NotAllowed:
        raise _not_after(MAINTENANCE_LABELS[after], before and MAINTENANCE_LABELS[before]) from None
    except ValueError:
        raise PostError("status", _("There is no such status.")) from None
    return after


def _not_after(after: object, before: object | None) -> PostError:
    if before is None:
        return PostError("status", _("Nothing can begin as “%(after)s”.") % {"after": after})
    sentence = _("“%(after)s” cannot follow “%(before)s”.")
    return PostError("status", sentence % {"after": after, "before": before})


def of_page(page: Page, components: Iterable[Component]) -> set[int]:
    """The primary keys of some components. Raises PostError where one is not of this page."""
    wanted = {component.pk for component in components}
    known = set(Component.objects.filter(page=page, pk__in=wanted).values_list("pk", flat=True))
    if wanted != known:
        raise PostError("components", _("One of these components is not part of this page."))
    return wanted


def declarations(
    page: Page, components: Mapping[Component, Status], after: IncidentStatus
) -> dict[int, Status]:
    """What an update that leads to `after` says of components. Raises PostError."""
    of_page(page, components)
    said = {component.pk: Status(status) for component, status in components.items()}
    if Status.UNKNOWN in said.values():
        raise PostError("components", _("Nobody can declare that a status is unknown."))
    if after in CLOSED and any(status != Status.OPERATIONAL for status in said.values()):
        raise PostError("components", _("What is resolved leaves every component operational."))
    return said


def promise(next_update_at: datetime | None, after: IncidentStatus, now: datetime) -> datetime | None:
    """When the next update is promised: never once resolved. Raises PostError for a past time."""
    if after in CLOSED or next_update_at is None:
        return None
    if next_update_at <= now:
        raise PostError("next_update_at", _("The next update can only be promised for a later time."))
    return moment("next_update_at", next_update_at)


def after_the_last(about: Incident | Maintenance, at: datetime) -> datetime:
    """`at`, or when its latest update was said, whichever is later."""
    latest = about.updates.order_by("-display_at").values_list("display_at", flat=True).first()
    return max(at, latest or at)


def write(
    about: Incident | Maintenance,
    step: Step,
    event: str,
    changes: Mapping[int, Status],
    components: Iterable[Component] = (),
    since: datetime | None = None,
) -> Update:
    """Writes the update and all that follows from it; `about` is already what it is to become.

    `since`: from when on the changes hold, when that is before `step.at`. `components` are those
    concerned beside the ones that any of its updates named.
    """
    held = bool(step.hold)
    update = Update.objects.create(
        public_id=step.update_id,
        incident=about if isinstance(about, Incident) else None,
        maintenance=about if isinstance(about, Maintenance) else None,
        status=about.status,
        body_en=step.body.en,
        body_fr=step.body.fr,
        notify=step.notify,
        emergency=step.emergency,
        monitoring=step.monitoring,
        author=step.author,
        created_at=step.at if step.emergency else step.now,
        display_at=step.at,
        held_until=step.due_at if held else None,
        before=before.remembered(about, telling.source(about)) if held else None,
    )
    source = telling.source(about)
    _change(update, source, changes)
    declare(source, changes, since or step.at)
    if step.notify:
        concerned = dict.fromkeys([*standing.named(about.updates.all()), *components])
        declared = standing.declared(source)
        telling.tell(about, update, event, concerned, declared, step.now, step.due_at, step.channels)
    opening.begin(about, event, step.now)
    news.posted(about, update, step.now)
    publish(about, step.now, tell=step.notify)
    return update


def _change(update: Update, source: str, changes: Mapping[int, Status]) -> None:
    before = standing.shown(changes) | standing.declared(source)
    ComponentChange.objects.bulk_create(
        ComponentChange(update=update, component_id=id_, old_status=before[id_], new_status=status)
        for id_, status in changes.items()
    )


def declare(source: str, changes: Mapping[int, Status], at: datetime) -> None:
    """From `at` on, a source says this of components (primary keys); of operational ones nothing."""
    by_status: dict[Status, list[int]] = defaultdict(list)
    for id_, status in changes.items():
        by_status[status].append(id_)
    record.release(source, at, by_status.pop(Status.OPERATIONAL, []))
    for status, ids in by_status.items():
        record.declare(ids, source, status, at)


def publish(about: Incident | Maintenance, now: datetime, *, tell: bool) -> None:
    """Saves it and touches its page, last: that lock is the last that any verb takes."""
    record.touch([about.page_id], now)
    # As late as the page's own mark: whoever published before this commit has not seen it.
    about.updated_at = Page.every.values_list("touched_at", flat=True).get(pk=about.page_id)
    about.save()
    bell.ring("statuspage.tasks.publish", *(["subscribers.tasks.send"] if tell else []))
