"""States as badges in the tones of the console, and notices by their title."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from subscribers.events import COMPONENT, HANDSHAKE, LAST_WORD, TEST
from subscribers.models import Delivery, DeliveryState, Notice, State, Subscriber
from subscribers.payload import text_in

_SUBSCRIBERS = {
    State.ACTIVE: "ok",
    State.PENDING: "minor",
    State.PAUSED: "none",
    State.UNSUBSCRIBED: "none",
    State.DISABLED: "major",
}
_DELIVERIES = {
    DeliveryState.PENDING: "none",
    DeliveryState.SENT: "ok",
    DeliveryState.DEAD: "major",
    DeliveryState.CANCELLED: "unknown",
}

# Message ids: what one subscriber alone is sent has no title.
_PERSONAL = {
    HANDSHAKE: gettext_noop("The request to confirm"),
    TEST: gettext_noop("A test"),
    LAST_WORD: gettext_noop("The last word: it stopped working"),
}

# Message ids.
EVENTS = {
    "incident.created": gettext_noop("Incident declared"),
    "incident.updated": gettext_noop("Incident updated"),
    "incident.resolved": gettext_noop("Incident resolved"),
    "incident.postmortem": gettext_noop("Postmortem published"),
    "maintenance.scheduled": gettext_noop("Maintenance scheduled"),
    "maintenance.started": gettext_noop("Maintenance started"),
    "maintenance.updated": gettext_noop("Maintenance updated"),
    "maintenance.reminder": gettext_noop("Reminder of a maintenance"),
    "maintenance.completed": gettext_noop("Maintenance completed"),
    "maintenance.cancelled": gettext_noop("Maintenance cancelled"),
    "update.withdrawn": gettext_noop("Update withdrawn"),
    "update.edited": gettext_noop("Update corrected"),
    COMPONENT: gettext_noop("Status of a component"),
    **_PERSONAL,
}


def event_words(event: str) -> str:
    """What happened, in words; the event's own name where there are none."""
    return _(EVENTS[event]) if event in EVENTS else event


def of_subscriber(subscriber: Subscriber) -> SafeString:
    """Where they stand."""
    return _badge(_SUBSCRIBERS[State(subscriber.state)], subscriber.get_state_display())


def of_delivery(delivery: Delivery) -> SafeString:
    """Where it stands."""
    return _badge(_DELIVERIES[DeliveryState(delivery.state)], delivery.get_state_display())


def title_of(notice: Notice) -> str:
    """What a notice tells, in the reader's language; else what it is about."""
    if notice.event in _PERSONAL:
        return _(_PERSONAL[notice.event])
    titles = notice.payload.get("title") or {}
    return text_in(titles, (get_language() or "en")[:2]) or str(notice)


def _badge(tone: str, label: object) -> SafeString:
    return format_html('<span class="badge tone-{}">{}</span>', tone, label)
