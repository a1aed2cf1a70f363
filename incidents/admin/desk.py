"""The desk of an incident or a maintenance: its checklist, internal notes and texts ready to copy.

Every button is one POST, with or without a script, and does once what it says; what was refused comes back
as it was typed. Here the clock is read.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.checklists import opening, overdue, shown, tasks
from incidents.checklists.shown import NoteForm, TaskForm, Thing, desk, kind_of
from incidents.models import Incident, Maintenance, Task
from incidents.team.links import desk as screen

Wrong = dict[str, forms.Form]


@admin.register(Task)
class TaskAdmin(admin.ModelAdmin[Task]):
    """What is to be done, over all that goes on; and the desk of one thing."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is always something that it is about: it is added there."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The list and the desk alone: there is no form of the row."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="incidents_task_changelist"),
            path("<slug:kind>/<int:pk>/", view(self.desk_view), name="incidents_task_desk"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What is to be done now, the most urgent first."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        now = timezone.now()
        found = overdue.waiting().select_related("assignee", "incident__page", "maintenance__page")
        context = {"title": _("To do"), "rows": [_listed(task, now) for task in found[:200]]}
        return self._answer(request, "change_list", context)

    def desk_view(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        """The desk; a POST does what its button says."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        about = _thing(kind, pk)
        wrong: Wrong = {}
        if request.method == "POST":
            verb, _colon, key = request.POST.get("do", "").partition(":")
            wrong = _do(request, about, verb, key)
            if not wrong:
                return HttpResponseRedirect(_back(request, about))
        user = request.user
        context = desk(about, user, timezone.now(), wrong) | {"title": str(about), "screen": screen(about)}
        return self._answer(request, "desk", context, status=400 if wrong else 200)

    def _answer(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "can_view": True}
        return TemplateResponse(request, f"admin/incidents/task/{name}.html", shared | context, status=status)


def _listed(task: Task, now: Any) -> dict[str, Any]:
    about = task.incident or task.maintenance
    assert about is not None  # noqa: S101 (a task of nothing is none that waits)
    who = shown.name_of(task.assignee) if task.assignee else ""
    late = task.due_at is not None and task.due_at <= now
    return {"task": task, "about": about, "kind": kind_of(about), "who": who, "late": late}


def _thing(kind: str, pk: int) -> Thing:
    if kind == "incident":
        return get_object_or_404(Incident.objects.select_related("page"), pk=pk)
    if kind == "maintenance":
        return get_object_or_404(Maintenance.objects.select_related("page"), pk=pk)
    raise Http404


def _do(request: HttpRequest, about: Thing, verb: str, key: str) -> Wrong:
    """Does what a button says; returns the form that was refused. Raises PermissionDenied, Http404."""
    if verb not in _VERBS:
        raise Http404
    permission, act = _VERBS[verb]
    if not request.user.has_perm(f"incidents.{permission}"):
        raise PermissionDenied
    return act(request, about, key) or {}


def _number(key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise Http404
    return int(key)


def _person(request: HttpRequest) -> User:
    person = request.user
    # Only signed-in staff get through the admin's door.
    assert isinstance(person, User)  # noqa: S101
    return person


def _done(request: HttpRequest, about: Thing, key: str) -> None:
    tasks.done(about, _number(key), _person(request), timezone.now())


def _undone(request: HttpRequest, about: Thing, key: str) -> None:
    tasks.undone(about, _number(key))


def _up(request: HttpRequest, about: Thing, key: str) -> None:
    tasks.move(about, _number(key), -1)


def _down(request: HttpRequest, about: Thing, key: str) -> None:
    tasks.move(about, _number(key), 1)


def _remove(request: HttpRequest, about: Thing, key: str) -> None:
    tasks.remove(about, _number(key))


def _save(request: HttpRequest, about: Thing, key: str) -> Wrong | None:
    task = about.tasks.filter(pk=_number(key)).first()
    if task is None:
        messages.warning(request, _("Somebody took this task away meanwhile."))
        return None
    form = TaskForm(about.page.time_zone, request.POST, task)
    if not form.is_valid():
        return {key: form}
    tasks.change(about, task.pk, **form.cleaned_data)
    return None


def _add(request: HttpRequest, about: Thing, key: str) -> Wrong | None:
    form = TaskForm(about.page.time_zone, request.POST)
    if not form.is_valid():
        return {"new": form}
    tasks.add(about, **form.cleaned_data, now=timezone.now())
    return None


def _open(request: HttpRequest, about: Thing, key: str) -> None:
    chosen = request.POST.get("list", "")
    found = [each for each in opening.offered(about) if str(each.pk) == chosen]
    if found:
        opening.add(about, found[0], timezone.now())
    else:
        messages.warning(request, _("There is no such checklist any more."))


def _note(request: HttpRequest, about: Thing, key: str) -> Wrong | None:
    form = NoteForm(request.POST)
    if not form.is_valid():
        return {"note": form}
    tasks.write(about, form.cleaned_data["text"], _person(request), timezone.now())
    return None


# What a button is called: the permission that it takes, and what it does.
_VERBS: dict[str, tuple[str, Callable[[HttpRequest, Thing, str], Wrong | None]]] = {
    "done": ("change_task", _done),
    "undone": ("change_task", _undone),
    "up": ("change_task", _up),
    "down": ("change_task", _down),
    "save": ("change_task", _save),
    "remove": ("delete_task", _remove),
    "add": ("add_task", _add),
    "open": ("add_task", _open),
    "note": ("add_note", _note),
}


def _back(request: HttpRequest, about: Thing) -> str:
    """Where the button was: the screen of the thing, or the desk alone."""
    here = reverse("admin:incidents_task_desk", args=[kind_of(about), about.pk])
    return (screen(about) if request.POST.get("from") == "screen" else here) + "#desk"
