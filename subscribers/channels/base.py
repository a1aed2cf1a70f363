"""What a channel is: one way of reaching a subscriber.

A channel knows addresses and the wire, nothing of the database: what it could not send it says
in an outcome, one per message, in whatever order they come in.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import urlsplit

from monitors.network.guard import Allow
from subscribers import links
from subscribers.dkim import Signer
from subscribers.rates import Rates

Clock = Callable[[], datetime]
# Of what is longer than this, the last four characters give nothing away.
_LONG = 16


class AddressError(ValueError):
    """An address that a channel cannot use; the sentence is a message id."""


class ChannelDown(Exception):
    """Nothing can be sent on this channel just now, whoever it is for; says why."""


class Result(StrEnum):
    """What became of one message."""

    SENT = "sent"
    # Perhaps next time.
    FAILED = "failed"
    # Never, says the other side.
    REFUSED = "refused"
    # Never, and nothing more for this subscriber either.
    GONE = "gone"
    # We ourselves could not make it: a broken template, an unreadable secret.
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery, and why; `retry_after` is what the receiver asked for."""

    delivery_id: int
    result: Result
    error: str = ""
    retry_after: timedelta | None = None
    # The receiver's domain wants less of us for a while.
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as senders see it."""

    id: int
    public_id: str
    event: str
    subject: str
    payload: dict[str, Any]
    created_at: datetime
    page_public_id: str
    page_name: str
    page_url: str
    time_zone: str
    languages: tuple[str, ...]
    # The page's own sender of mail; "" for the installation's.
    page_sender: str = ""
    # Its pages stand without a prefix; "" where that is not known.
    default_language: str = ""
    # Staff try it on themselves: whoever reads it is told before anything else.
    test: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A notice for one subscriber. `attempt` counts from 1; `id` is the same at every attempt."""

    delivery_id: int
    id: str
    notice: Told
    attempt: int
    # Some are secrets themselves: whoever has the URL of a chat channel can post there.
    address: str = field(repr=False)
    language: str
    subscriber_public_id: str
    # As the database holds it: opened only by the channel that signs with it.
    sealed_secret: str = field(repr=False)
    # The secret before it, while that is still good.
    sealed_previous: str = field(default="", repr=False)
    # Of the reader; "" for the page's.
    time_zone: str = ""
    # How a webhook's body is written: "" as we do, "statuspage" as Statuspage does.
    format: str = ""


@dataclass(frozen=True, slots=True)
class Means:
    """What sending needs to know of the installation."""

    app_url: str
    # The sender of mail: an address, or "Name <address>".
    mail_from: str
    # What channels/server.py reads; without one, mail goes to files.
    mail_url: str = field(repr=False)
    mail_folder: Path
    # Networks that webhooks may reach although they are not public.
    webhook_allow: Allow
    # Where mail that comes back arrives, and who asks by mail to leave; "" where there is none.
    mailbox: str = ""
    # How much mail may go where.
    mail_rates: Rates = field(default_factory=dict)
    # Signs mail from its domain; None: the relay does, or nobody.
    dkim: Signer | None = None

    @property
    def manages(self) -> bool:
        """Whether subscribers find a page of their own: without the application there is none."""
        return bool(self.app_url)

    def leave(self, subscriber_id: str) -> str:
        """Where a subscriber (public id) leaves."""
        return links.leave(self.app_url, subscriber_id)

    def manage(self, subscriber_id: str) -> str:
        """Where a subscriber (public id) changes what they hear, and how."""
        return links.manage(self.app_url, subscriber_id)

    def unseal(self, secret: str) -> str:
        """A secret in plain text. Raises ImproperlyConfigured where no key fits."""
        # The emergency tool has no database, and secrets that are in plain text already.
        from monitors.fields import SecretField

        return str(SecretField().from_db_value(secret, None, None))


def masked(url: str) -> str:
    """A URL that is a secret, as people may see it: whose it is, and how it ends."""
    host = urlsplit(url).netloc
    rest = url.partition(host)[2]
    return f"{host}/…{rest[-4:] if len(rest) > _LONG else ''}"


class Channel(Protocol):
    """One way of reaching a subscriber: one file here, one line in CHANNELS."""

    # Message ids: the channel, and what its address is called.
    label: ClassVar[str]
    address_label: ClassVar[str]
    # The type of the address field in a form of HTML.
    input_type: ClassVar[str]
    # Whether every event goes out in order, or a newer one replaces one that still waits.
    every_event: ClassVar[bool]
    # Whether the address proves itself by answering a ping, rather than a person by a link.
    answers_ping: ClassVar[bool]
    # The wait before each attempt; after the last one a delivery is dead.
    schedule: ClassVar[tuple[timedelta, ...]]

    def clean(self, address: str, means: Means) -> str:
        """The address in its one normal form. Raises AddressError."""

    def shown(self, address: str) -> str:
        """The address as people other than its owner may see it: enough to tell it from others."""

    def send(self, messages: Iterable[Message], means: Means, clock: Clock) -> Iterator[Sequence[Outcome]]:
        """Send messages, taking one only when it is about to be sent.

        Where `messages` gives none, there may be more after outcomes were yielded. Yields outcomes as they
        become known, so that few are sent and not recorded: at most 20 over all channels together. Raises
        ChannelDown for all that has no outcome yet.
        """
