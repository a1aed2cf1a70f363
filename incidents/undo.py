"""Takes an update back while nobody has been told of it: it and all that followed from it, or nothing.

Locks are taken in the order of the verbs that post: what it is about, spans, deliveries, the page.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from incidents import before, step, telling
from incidents.checklists import opening
from incidents.models import ComponentChange, Incident, Maintenance, Postmortem, Update
from incidents.team import news
from incidents.words import PostError
from monitors import bell, record
from monitors.models import Page
from monitors.status import Status
from subscribers import held as outbox


class CannotUndo(PostError):
    """It is too late to undo something, or to send it before its time: a sentence says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__("", sentence)


def waiting(about: Incident | Maintenance, now: datetime) -> Update | None:
    """Its latest update, where it can still be undone."""
    latest = about.updates.first()
    return latest if latest is not None and is_held(latest, now) else None


def is_held(update: Update, now: datetime) -> bool:
    """Whether its notices still wait, and it can be undone."""
    return update.before is not None and update.held_until is not None and now < update.held_until


@transaction.atomic
def undo(update: Update, now: datetime, author: User) -> Update:
    """As if it had never been said: no subscriber hears of it, what it is about stands as before.

    What begins with it is withdrawn as a whole. What it overtook goes out after all. Raises CannotUndo.
    """
    about, update = locked(update)
    _check(about, update, now)
    said = update.before or {}
    _take_back_spans(about, update)
    try:
        outbox.take_back(update.public_id, now)
    except outbox.TooLate:
        raise CannotUndo(_("It is too late: this is being sent already. Post what is right.")) from None
    update.withdrawn_at, update.before = now, None
    update.save(update_fields=["withdrawn_at", "before"])
    # What was published of a draft is a draft again.
    Postmortem.objects.filter(update=update).update(state=Postmortem.State.REVIEW, update=None)
    if said.get("first"):
        about.withdrawn_at = now
    else:
        _restore(about, said)
    news.undone(about, update, author.get_full_name() or author.get_username(), now)
    step.publish(about, now, tell=True)
    return update


def locked(update: Update) -> tuple[Incident | Maintenance, Update]:
    """What it is about, which nobody else changes now, and the update as it stands."""
    about: Incident | Maintenance
    if update.incident_id is not None:
        incidents = Incident.everything.select_for_update(of=("self",), no_key=True)
        about = incidents.select_related("page").get(pk=update.incident_id)
    else:
        maintenances = Maintenance.everything.select_for_update(of=("self",), no_key=True)
        about = maintenances.select_related("page").get(pk=update.maintenance_id or 0)
    return about, Update.everything.get(pk=update.pk)


def _check(about: Incident | Maintenance, update: Update, now: datetime) -> None:
    if update.withdrawn_at is not None:
        raise CannotUndo(_("This was undone already."))
    if about.updates.first() != update:
        raise CannotUndo(_("More was said since: only the latest update can be undone."))
    if not is_held(update, now):
        raise CannotUndo(_("It is too late: subscribers are being told. Post what is right."))


def _restore(about: Incident | Maintenance, said: dict[str, Any]) -> None:
    start = about.scheduled_for if isinstance(about, Maintenance) else None
    before.restore(about, said)
    if isinstance(about, Maintenance) and start is not None and about.scheduled_for != start:
        opening.moved(about, about.scheduled_for - start)


def _take_back_spans(about: Incident | Maintenance, update: Update) -> None:
    said = update.before or {}
    since = update.display_at
    # The first update of an incident counts from its beginning on.
    if said.get("first") and isinstance(about, Incident):
        since = min(since, about.started_at)
    declared = before.declared(said)
    changed = ComponentChange.objects.filter(update=update).values_list("component_id", flat=True)
    changes = {id_: declared.get(id_, Status.OPERATIONAL) for id_ in changed}
    step.declare(telling.source(about), changes, since)


@transaction.atomic
def send_now(update: Update, now: datetime) -> bool:
    """Ends its hold: subscribers are told at once. False where that was over already. Raises CannotUndo."""
    _about, update = locked(update)
    if update.withdrawn_at is not None:
        raise CannotUndo(_("This was undone already."))
    if not is_held(update, now):
        return False
    outbox.hurry(update.public_id, now)
    update.held_until = now
    _let_go(update, now)
    bell.ring("subscribers.tasks.send")
    return True


def settle(now: datetime) -> int:
    """Ends the holds that are over: what can no longer be undone need not be remembered. Returns how many."""
    over = list(Update.everything.filter(before__isnull=False, held_until__lte=now).order_by("pk"))
    for update in over:
        with transaction.atomic():
            _let_go(update, now)
    return len(over)


def _let_go(update: Update, now: datetime) -> None:
    update.before = None
    update.save(update_fields=["before", "held_until"])
    components = ComponentChange.objects.filter(update=update).values("component")
    pages = set(Page.objects.filter(components__in=components).values_list("pk", flat=True))
    if pages:
        # What it made of components is told to software from now on, by the next release.
        record.touch(pages, now)
        bell.ring("statuspage.tasks.publish")


def still_held(page: Page, now: datetime) -> set[int]:
    """The components (primary keys) named by updates that can be undone."""
    changes = ComponentChange.objects.filter(
        update__before__isnull=False, update__held_until__gt=now, component__page=page
    )
    return set(changes.values_list("component_id", flat=True))
