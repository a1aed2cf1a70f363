"""The verbs of tasks and notes: tick, assign, add, reorder, take away; who did it stands beside it.

Staff work on one list together: a verb about a task that somebody took away meanwhile changes nothing.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from incidents.checklists import opening
from incidents.models import Incident, Maintenance, Note, Task

Thing = Incident | Maintenance


def done(about: Thing, key: int, by: User, now: datetime) -> bool:
    """Tick one; who ticked it first stands there."""
    return bool(about.tasks.filter(pk=key, done_at=None).update(done_at=now, done_by=by))


def undone(about: Thing, key: int) -> bool:
    """Take the tick back."""
    return bool(about.tasks.filter(pk=key).exclude(done_at=None).update(done_at=None, done_by=None))


def add(about: Thing, text: str, assignee: User | None, due_at: datetime | None, now: datetime) -> Task:
    """One more, in the words of whoever adds it, at the end."""
    return Task.objects.create(
        **opening.of(about),
        text_en=text,
        assignee=assignee,
        due_at=due_at,
        position=opening.last_position(about) + 1,
        created_at=now,
    )


def change(about: Thing, key: int, text: str, assignee: User | None, due_at: datetime | None) -> bool:
    """Other words, somebody else, another time; a later time is told of anew."""
    task = about.tasks.filter(pk=key).first()
    if task is None:
        return False
    if text != str(task):
        # Words that somebody types in a hurry are in one language: the other shows them too.
        task.text_en, task.text_fr = text, ""
    if due_at != task.due_at:
        task.due_at, task.told_at = due_at, None
    task.assignee = assignee
    task.save(update_fields=["text_en", "text_fr", "due_at", "told_at", "assignee"])
    return True


@transaction.atomic
def move(about: Thing, key: int, step: int) -> bool:
    """One place up (-1) or down (1); False where there is nothing further."""
    tasks = list(about.tasks.select_for_update().order_by("position", "pk"))
    places = {task.pk: number for number, task in enumerate(tasks)}
    here = places.get(key)
    if here is None or not 0 <= here + step < len(tasks):
        return False
    tasks[here], tasks[here + step] = tasks[here + step], tasks[here]
    for number, task in enumerate(tasks):
        task.position = number
    Task.objects.bulk_update(tasks, ["position"])
    return True


def remove(about: Thing, key: int) -> bool:
    """Take one away."""
    return bool(about.tasks.filter(pk=key).delete()[0])


def write(about: Thing, text: str, author: User, now: datetime) -> Note:
    """An internal note."""
    return Note.objects.create(**opening.of(about), text=text, author=author, created_at=now)
