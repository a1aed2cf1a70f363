"""How a subscription stands, in words for its owner: state, dates, what failed and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers import preferences, signup
from subscribers.channels import CHANNELS
from subscribers.models import Delivery, State, Subscriber
from subscribers.moments import moment, zone_of
from subscribers.payload import text_in
from subscribers.words import STEPS

# What a button did, by what stands in the address after it.
DONE: Mapping[str, Any] = {
    "saved": gettext_lazy("Saved. It counts from the next message on."),
    "paused": gettext_lazy("Paused. Nothing will come until you resume."),
    "resumed": gettext_lazy("Resumed. You will hear what happens from now on."),
    "tested": gettext_lazy("A test is on its way."),
    "replayed": gettext_lazy("What failed is on its way again."),
}
# So many failures are listed; all of them can be sent again.
LISTED = 50


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that failed for good; `notice` is the public id of what it was to tell."""

    notice: str
    title: str
    step: str
    at: str
    reason: str


def is_software(subscriber: Subscriber) -> bool:
    """Whether it gets every event, signed: then it has a secret, and may want what it missed."""
    return CHANNELS[subscriber.channel].every_event


def is_shared(subscriber: Subscriber) -> bool:
    """Whether its link stands in a chat, where everybody can open its page."""
    channel = CHANNELS[subscriber.channel]
    return channel.answers_ping and not channel.every_event


def can_test(subscriber: Subscriber) -> bool:
    """Whether a test goes to a program rather than into a mailbox."""
    return CHANNELS[subscriber.channel].answers_ping


def standing(subscriber: Subscriber, now: datetime) -> dict[str, Any]:
    """What its page says beside the form."""
    channel, zone = CHANNELS[subscriber.channel], zone_of(subscriber.time_zone, subscriber.page.time_zone)
    both = subscriber.previous_until and subscriber.previous_until > now
    dead = preferences.failed(subscriber) if channel.every_event else Delivery.objects.none()
    return {
        "hears": subscriber.state in signup.HEARS,
        "active": subscriber.state == State.ACTIVE,
        "paused": subscriber.state == State.PAUSED,
        "pending": subscriber.state == State.PENDING,
        "disabled": subscriber.state == State.DISABLED,
        # Whoever reads a chat may open this page: the address alone would let them write there.
        "address": channel.shown(subscriber.address),
        "channel": subscriber.channel,
        "channel_name": _(channel.label),
        "since": _moment(subscriber.confirmed_at, zone),
        "why": _(subscriber.ended_why) if subscriber.ended_why else "",
        "software": channel.every_event,
        "testable": channel.answers_ping,
        "both_until": _moment(subscriber.previous_until, zone) if both else "",
        "failures": [_failure(each, subscriber, zone) for each in dead[:LISTED]],
        "failed": dead.count(),
    }


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return moment(at.isoformat(), zone) if at else ""


def _failure(delivery: Delivery, subscriber: Subscriber, zone: ZoneInfo) -> Failure:
    notice = delivery.notice
    title = text_in(notice.payload.get("title", {}), subscriber.language)
    return Failure(
        notice=notice.public_id,
        title=title or notice.event,
        step=str(STEPS.get(notice.payload.get("status", ""), "")),
        at=_moment(notice.created_at, zone),
        reason=_(delivery.error) if delivery.error else "",
    )
