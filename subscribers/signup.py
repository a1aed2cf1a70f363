"""Who subscribes, confirms and leaves: the one writer of subscribers.

Nobody is told anything before their address has proved itself, and whoever types an address
learns nothing about it: known, unknown and waiting addresses take the same path.
"""

import base64
import secrets
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from monitors.fields import SecretField
from monitors.models import Component, Group, Page
from subscribers import outbox
from subscribers.allowance import Exhausted
from subscribers.asking import Question, ask
from subscribers.channels import CHANNELS
from subscribers.events import HANDSHAKE
from subscribers.models import Kinds, Notice, State, Subscriber

PENDING_LIFE = timedelta(days=7)
SECRET_BYTES = 32
# Whose address has proved itself, and who is not gone.
HEARS = (State.ACTIVE, State.PAUSED)
KNOWN = (*HEARS, State.PENDING)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked to hear; `components` and `groups` are primary keys, without `everything`.

    With `subjects` alone it asks for these incidents beside what is heard already.
    """

    language: str
    everything: bool = True
    components: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    subjects: tuple[str, ...] = ()
    kinds: str = Kinds.ALL
    time_zone: str = ""
    format: str = ""
    contact: str = ""

    @property
    def adds(self) -> bool:
        """Whether it only adds to what is heard already."""
        return bool(self.subjects) and not (self.everything or self.components or self.groups)


def request(page: Page, channel: str, address: str, wish: Wish, now: datetime, network: str = "") -> str:
    """Ask an address (in its normal form) to prove itself, unless it was asked in the last 24 hours.

    Returns a fresh secret for channels that sign; it counts only where the address was asked now. Raises
    allowance.Exhausted where `network` has had its share.
    """
    secret = new_secret() if CHANNELS[channel].answers_ping else ""
    sealed = SecretField().get_prep_value(secret)
    question = Question(page.pk, channel, address, wish.language, asdict(wish), network, sealed)
    if not all(ask([question], now)):
        raise Exhausted
    return secret


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


@transaction.atomic
def confirm(notice_id: str, now: datetime) -> Subscriber | None:
    """The address behind a question (public id of its notice) has proved itself: fulfil the wish.

    None where there is nobody any more to confirm.
    """
    question = Notice.objects.filter(public_id=notice_id, event=HANDSHAKE).first()
    subscriber = _locked(deliveries__notice=question) if question else None
    if not question or not subscriber or subscriber.state not in KNOWN:
        return None
    wish = Wish(**question.payload)
    if not (wish.adds and subscriber.state in HEARS):
        _fulfil(subscriber, wish)
    followed = subscriber.subjects if subscriber.state in HEARS else []
    subscriber.subjects = sorted({*followed, *wish.subjects})
    subscriber.state = State.ACTIVE
    subscriber.confirmed_at = subscriber.confirmed_at or now
    subscriber.ended_at = None
    subscriber.save(update_fields=[*_WISHED, "subjects", "state", "confirmed_at", "ended_at"])
    return subscriber


_WISHED = ("language", "everything", "kinds", "time_zone", "format", "contact")


def _fulfil(subscriber: Subscriber, wish: Wish) -> None:
    for name in _WISHED:
        setattr(subscriber, name, getattr(wish, name))
    subscriber.components.set(Component.objects.filter(page=subscriber.page_id, pk__in=wish.components))
    subscriber.groups.set(Group.objects.filter(page=subscriber.page_id, pk__in=wish.groups))


@transaction.atomic
def leave(subscriber_id: str, now: datetime) -> Subscriber | None:
    """A subscriber (public id) wants to hear no more: nothing that waits is sent. Any number of times."""
    return _end(subscriber_id, State.UNSUBSCRIBED, now)


@transaction.atomic
def disable(subscriber_id: str, now: datetime, why: str = "") -> Subscriber | None:
    """A subscriber (public id) cannot be reached; `why` is what the other side said, or a message id."""
    return _end(subscriber_id, State.DISABLED, now, why[:500])


def _end(subscriber_id: str, state: State, now: datetime, why: str = "") -> Subscriber | None:
    subscriber = _locked(public_id=subscriber_id)
    if subscriber and subscriber.state in KNOWN:
        subscriber.state = state
        subscriber.ended_at = now
        subscriber.ended_why = why
        subscriber.save(update_fields=["state", "ended_at", "ended_why"])
        outbox.withdraw(subscriber, now)
    return subscriber


def hold(subscribers: Iterable[str], addresses: Collection[str] = ()) -> None:
    """Lock subscribers (public ids), and all with these mail addresses, until the transaction ends.

    Everybody locks subscribers first, in this order, and their deliveries after: so nobody waits in a circle.
    """
    theirs = Subscriber.objects.filter(
        Q(public_id__in=subscribers) | Q(channel="email", address__in=addresses)
    )
    list(theirs.order_by("pk").select_for_update().values_list("pk"))


def _locked(**which: object) -> Subscriber | None:
    found = Subscriber.objects.filter(**which).defer("secret").select_related("page")
    return found.select_for_update(of=("self",)).first()


@transaction.atomic
def drop_pending(now: datetime) -> int:
    """Forget the addresses that did not prove themselves within 7 days. Returns how many.

    Who had left before somebody typed their address has left again, and no list may bring them in.
    """
    stale = Subscriber.objects.filter(state=State.PENDING, asked_at__lte=now - PENDING_LIFE)
    # Whoever confirms, or is asked anew, at this moment is not among them.
    held = list(stale.order_by("pk").select_for_update(skip_locked=True).values_list("pk", "ended_at"))
    left = [pk for pk, ended_at in held if ended_at]
    Subscriber.objects.filter(pk__in=left).update(state=State.UNSUBSCRIBED)
    never = [pk for pk, ended_at in held if not ended_at]
    return Subscriber.objects.filter(pk__in=never).delete()[1].get("subscribers.Subscriber", 0)
