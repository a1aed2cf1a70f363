"""Tells the team once of every task that is late, as long as what it belongs to goes on."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy, gettext_noop

from incidents import team
from incidents.lifecycle import CLOSED, OVER
from incidents.models import Task
from incidents.team import both, said
from incidents.team.links import desk

_TITLE = gettext_noop("Overdue: %(task)s")
_TEXT = gettext_noop("To be done for “%(title)s”.")
_TEXT_OF = gettext_noop("To be done by %(who)s for “%(title)s”.")

# Of what is late for longer, nobody was told in time: what was left undone in years is not read each second.
LOST = timedelta(days=7)


def waiting() -> QuerySet[Task]:
    """What is still to be done for what goes on or is to come."""
    incidents = Q(incident__isnull=False, incident__withdrawn_at=None, incident__merged_into=None)
    maintenances = Q(maintenance__isnull=False, maintenance__withdrawn_at=None)
    going_on = (incidents & ~Q(incident__status__in=CLOSED)) | (
        maintenances & ~Q(maintenance__status__in=OVER)
    )
    found = Task.objects.filter(going_on, done_at=None)
    return found.order_by(F("due_at").asc(nulls_last=True), "position", "pk")


def tick(now: datetime) -> int:
    """Tell of what is late and was not told of. Returns how many tasks that were."""
    late = waiting().filter(due_at__gt=now - LOST, due_at__lte=now, told_at=None).order_by("due_at")
    return sum(
        _tell(task, now) for task in late.select_related("assignee", "incident__page", "maintenance__page")
    )


@transaction.atomic
def _tell(task: Task, now: datetime) -> bool:
    about = task.incident or task.maintenance
    untold = Task.objects.filter(pk=task.pk, told_at=None, done_at=None, due_at=task.due_at)
    if about is None or not untold.update(told_at=now):
        return False
    role = gettext_lazy(task.role) if task.role else ""
    who = role if task.assignee is None else task.assignee.get_full_name() or task.assignee.username
    title = {"en": about.title_en, "fr": about.title_fr}
    values = said(
        both(_TITLE, task={"en": task.text_en, "fr": task.text_fr}),
        both(_TEXT_OF, title=title, who=who) if who else both(_TEXT, title=title),
        desk(about),
    )
    key = f"task.overdue:{task.pk}:{task.due_at.isoformat() if task.due_at else ''}"
    team.tell("task.overdue", key, values, about.page, now)
    return True
