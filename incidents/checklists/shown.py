"""What a person sees of the tasks, notes and ready texts of one incident or maintenance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents.checklists import opening, social
from incidents.lifecycle import CLOSED, OVER
from incidents.models import Incident, Maintenance, Task

Thing = Incident | Maintenance
# As browsers write a local time.
_LOCAL = "%Y-%m-%dT%H:%M"


def name_of(user: User) -> str:
    """A colleague as colleagues call them."""
    return user.get_full_name() or user.get_username()


class _Colleague(forms.ModelChoiceField):  # type: ignore[type-arg]  # it has no parameters at run time
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


class TaskForm(forms.Form):
    """One thing to do. Its time is typed in the page's zone."""

    text = forms.CharField(label=_("What to do"), max_length=300)
    assignee = _Colleague(User.objects.none(), label=_("Who"), required=False, empty_label=_("Nobody yet"))
    due_at = forms.DateTimeField(
        label=_("Done by"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, format=_LOCAL),
    )

    def __init__(self, zone: str, data: Any = None, task: Task | None = None) -> None:
        key = task.pk if task else "new"
        super().__init__(data, initial=_initial(task, zone) if task else {}, auto_id=f"task-{key}-%s")
        self._zone = ZoneInfo(zone)
        people = User.objects.filter(is_active=True, is_staff=True).order_by("username")
        self.fields["assignee"].queryset = people  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        """In the page's zone, whatever the person's own is."""
        with timezone.override(self._zone):
            super().full_clean()


def _initial(task: Task, zone: str) -> dict[str, Any]:
    due = task.due_at.astimezone(ZoneInfo(zone)).strftime(_LOCAL) if task.due_at else ""
    return {"text": str(task), "assignee": task.assignee_id, "due_at": due}


class NoteForm(forms.Form):
    """What colleagues should know. Never published."""

    text = forms.CharField(
        label=_("Internal note, never published"),
        max_length=10_000,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="note-%s")


@dataclass(frozen=True, slots=True)
class Row:
    """One task as it is shown, with the form that changes it."""

    task: Task
    form: TaskForm | None
    late: bool
    first: bool
    last: bool

    @property
    def who(self) -> str:
        """Who does it, where that is a person."""
        return name_of(self.task.assignee) if self.task.assignee else ""

    @property
    def by(self) -> str:
        """Who did it."""
        return name_of(self.task.done_by) if self.task.done_by else ""


def kind_of(about: Thing) -> str:
    """Its name in addresses."""
    return "incident" if isinstance(about, Incident) else "maintenance"


def desk(
    about: Thing,
    user: User | AnonymousUser,
    now: datetime,
    wrong: dict[str, forms.Form] | None = None,
) -> dict[str, Any]:
    """The tasks with their forms, the notes and the texts; `wrong`: refused forms as they came, by key."""
    wrong = wrong or {}
    zone = about.page.time_zone
    tasks = list(about.tasks.select_related("assignee", "done_by"))
    may_change = user.has_perm("incidents.change_task")
    return {
        "thing": about,
        "page": about.page,
        "kind": kind_of(about),
        "rows": [_row(each, tasks, zone, wrong, now, may_change=may_change) for each in tasks],
        "done": sum(task.done_at is not None for task in tasks),
        "going_on": about.status not in (CLOSED if isinstance(about, Incident) else OVER),
        "new": wrong.get("new") or TaskForm(zone),
        "note": wrong.get("note") or NoteForm(),
        "notes": about.notes.select_related("author"),
        "lists": opening.offered(about),
        "ready": social.ready(about),
        "may_change": may_change,
        "may_add": user.has_perm("incidents.add_task"),
        "may_remove": user.has_perm("incidents.delete_task"),
        "may_note": user.has_perm("incidents.add_note"),
        "may_read": user.has_perm("incidents.view_note"),
    }


def _row(
    task: Task, tasks: list[Task], zone: str, wrong: dict[str, forms.Form], now: datetime, *, may_change: bool
) -> Row:
    refused = wrong.get(str(task.pk))
    form = refused if isinstance(refused, TaskForm) else TaskForm(zone, task=task)
    late = task.done_at is None and task.due_at is not None and task.due_at <= now
    return Row(task, form if may_change else None, late, task is tasks[0], task is tasks[-1])
