"""What staff do to subscribers: the same whether one was opened or several were chosen in the list.

Each is one verb of the post room, told to the reader and written into the log of the admin.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

from monitors import bell
from subscribers import preferences, signup, suppression
from subscribers.models import Subscriber, Suppression


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do: whether it happened, who may, and what it is called."""

    title: Promise
    permission: str
    run: Callable[[Subscriber, str, datetime], bool]
    # Said where it did not happen.
    refused: Promise


def _leave(subscriber: Subscriber, _reason: str, now: datetime) -> bool:
    signup.leave(subscriber.public_id, now)
    return subscriber.state in signup.KNOWN


def _pause(subscriber: Subscriber, _reason: str, now: datetime) -> bool:
    return preferences.pause(subscriber.public_id, now)


def _resume(subscriber: Subscriber, _reason: str, _now: datetime) -> bool:
    return preferences.resume(subscriber.public_id)


def _erase(subscriber: Subscriber, _reason: str, _now: datetime) -> bool:
    number = str(subscriber.pk)
    if not preferences.erase(subscriber.public_id):
        return False
    # The log keeps what was done, and forgets to whom.
    entries = LogEntry.objects.filter(object_id=number, content_type__model=Subscriber._meta.model_name)
    entries.update(object_repr=subscriber.public_id)
    return True


def _test(subscriber: Subscriber, _reason: str, now: datetime) -> bool:
    # A person would wonder; for them there is a test that goes to staff.
    if subscriber.channel == suppression.CHANNEL:
        return False
    return preferences.test(subscriber.public_id, now)


def _suppress(subscriber: Subscriber, reason: str, now: datetime) -> bool:
    if subscriber.channel != suppression.CHANNEL:
        return False
    suppression.suppress(subscriber.address, Suppression.Reason.STAFF, reason.strip(), now)
    return True


ACTS = {
    "unsubscribe": Act(
        gettext_lazy("Unsubscribe"), "change", _leave, gettext_lazy("They are not subscribed (any more).")
    ),
    "pause": Act(gettext_lazy("Pause"), "change", _pause, gettext_lazy("Only who is active can be paused.")),
    "resume": Act(gettext_lazy("Resume"), "change", _resume, gettext_lazy("They are not paused.")),
    "test": Act(
        gettext_lazy("Send a test"),
        "change",
        _test,
        gettext_lazy("Tests go to active webhooks and chats alone; try mail on yourself, from a notice."),
    ),
    "suppress": Act(
        gettext_lazy("Suppress the address"),
        "suppress",
        _suppress,
        gettext_lazy("Only mail addresses are suppressed; unsubscribe the others."),
    ),
    "erase": Act(gettext_lazy("Erase"), "erase", _erase, gettext_lazy("They are gone already.")),
}


def do(
    where: Any, request: HttpRequest, act: Act, subscribers: Iterable[Subscriber], reason: str = ""
) -> None:
    """Do it to each, and say what came of it; `where` is the admin whose log it goes into."""
    now = timezone.now()
    done, left = 0, 0
    for subscriber in list(subscribers):
        # Before it is gone.
        where.log_change(request, subscriber, f"{act.title}{' · ' if reason else ''}{reason.strip()[:200]}")
        if act.run(subscriber, reason, now):
            done += 1
        else:
            left += 1
    bell.ring("subscribers.tasks.send")
    if done:
        told = ngettext("%(act)s: %(number)d subscriber.", "%(act)s: %(number)d subscribers.", done)
        where.message_user(request, told % {"act": act.title, "number": done}, messages.SUCCESS)
    if left:
        said = ngettext("Left as it was: %(number)d. %(why)s", "Left as they were: %(number)d. %(why)s", left)
        where.message_user(request, said % {"number": left, "why": act.refused}, messages.WARNING)
