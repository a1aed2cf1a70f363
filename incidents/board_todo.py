"""The panel of what is to be done: the tasks that are most urgent, and the team's channels that fail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from incidents.checklists import overdue
from incidents.models import Task, TeamChannel
from monitors.models import Page

NAME = _("To do")
TEMPLATE = "admin/board/todo.html"
SIDE = True
PERMISSION = "incidents.view_task"
MOST = 4


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """The next tasks that have a time; None where there is none and the team is reached."""
    waiting = overdue.waiting().filter(due_at__isnull=False)
    waiting = waiting.select_related("assignee", "incident__page", "maintenance__page")
    tasks = list(waiting[:MOST])
    failing = list(TeamChannel.objects.filter(enabled=True, failures__gt=0).defer("url", "secret"))
    if not tasks and not failing:
        return None
    late = any(task.due_at and task.due_at <= now for task in tasks)
    return {
        "rows": [_row(task, now) for task in tasks],
        "failing": failing,
        "tone": "major" if late or failing else "",
    }


def _row(task: Task, now: datetime) -> dict[str, Any]:
    about = task.incident or task.maintenance
    late = task.due_at is not None and task.due_at <= now
    kind = "incident" if task.incident else "maintenance"
    return {"task": task, "about": about, "kind": kind, "late": late}
