"""Sends a test of one channel to whoever asks, by the same code that sends to subscribers; nothing is stored.

It says that it is a test before anything else, and its links belong to nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from monitors.fields import SecretField
from monitors.ids import public_id
from monitors.models import Page
from subscribers import signup
from subscribers.channels import CHANNELS
from subscribers.channels.base import ChannelDown, Clock, Means, Message, Outcome, Result, Told
from subscribers.models import Notice
from subscribers.payload import NoticePayload
from subscribers.staff.unsent import unsent

_TITLE = gettext_noop("Example: checkout answers slowly")
_BODY = gettext_noop(
    "This is **a sample**, sent by your status page on request of its staff. Nothing is wrong."
)
_FOLLOWS_IN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a test; `error` is what the other side said, or a message id."""

    sent: bool
    error: str = ""


def told(page: Page, notice: Notice | None, now: datetime) -> Told:
    """What a test says: a notice that was sent once, or a sample."""
    if notice:
        return unsent(page, notice.event, notice.subject, notice.payload, now, test=True)
    sample = _sample(page, now).as_json()
    return unsent(page, "incident.created", "incident:000000000000", sample, now, test=True)


def attempt(what: Told, channel: str, address: str, language: str, means: Means, clock: Clock) -> Tried:
    """Send one test to an address (as it is typed). Raises AddressError.

    Raises ImproperlyConfigured where there is no key to seal secrets with.
    """
    to = public_id()
    message = Message(
        delivery_id=0,
        id=f"{what.public_id}{to}",
        notice=what,
        attempt=1,
        address=CHANNELS[channel].clean(address, means),
        language=language,
        subscriber_public_id=to,
        # Nobody knows it: a test can be read, not verified.
        sealed_secret=SecretField().get_prep_value(signup.new_secret()),
    )
    try:
        outcomes = [outcome for some in CHANNELS[channel].send([message], means, clock) for outcome in some]
    except ChannelDown as down:
        return Tried(sent=False, error=str(down))
    return _tried(outcomes)


def _tried(outcomes: list[Outcome]) -> Tried:
    found = outcomes[0] if outcomes else Outcome(0, Result.FAILED)
    return Tried(found.result == Result.SENT, found.error)


def _sample(page: Page, now: datetime) -> NoticePayload:
    def texts(message: str) -> dict[str, str]:
        said = {}
        for language in page.languages:
            with translation.override(language):
                said[language] = _(message)
        return said

    return NoticePayload(
        kind="incident",
        public_id="000000000000",
        title=texts(_TITLE),
        status="investigating",
        impact="minor",
        body=texts(_BODY),
        at=now.isoformat(),
        started_at=now.isoformat(),
        url=f"{page.url.rstrip('/')}/",
        update_id="000000000000",
        page={"id": page.public_id, "name": page.name, "url": page.url.rstrip("/")},
        next_update_at=(now + _FOLLOWS_IN).isoformat(),
    )
