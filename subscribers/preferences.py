"""What subscribers do with their own subscription. With `signup` the only writer of subscribers.

Each verb is one transaction on the locked row, and does nothing where the subscription is not there, or
not in a state for it. What was changed counts from the next notice on.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from monitors.models import Component, Group
from subscribers import outbox, records, signup, subjects
from subscribers.events import PERSONAL, TEST
from subscribers.models import Delivery, DeliveryState, Notice, State, Subscriber
from subscribers.signup import Wish
from subscribers.subjects import Subject

# How long both secrets sign after a rotation.
BOTH_SIGN = timedelta(hours=24)
# Whoever follows nothing but what is over is forgotten so long after its last word.
FOLLOWED_FOR = timedelta(days=30)
AT_ONCE = 1000
_PLAIN = ("language", "everything", "kinds", "time_zone", "format", "contact")


@transaction.atomic
def change(subscriber_id: str, wish: Wish) -> bool:
    """A subscriber (public id) hears this from now on; of single subjects it can only let go.

    False where nobody is subscribed (any more).
    """
    subscriber = _locked(subscriber_id, *signup.HEARS)
    if subscriber is None:
        return False
    for name in _PLAIN:
        setattr(subscriber, name, getattr(wish, name))
    subscriber.subjects = [name for name in subscriber.subjects if name in wish.subjects]
    subscriber.save(update_fields=[*_PLAIN, "subjects"])
    subscriber.components.set(Component.objects.filter(page=subscriber.page_id, pk__in=wish.components))
    subscriber.groups.set(Group.objects.filter(page=subscriber.page_id, pk__in=wish.groups))
    return True


@transaction.atomic
def pause(subscriber_id: str, now: datetime) -> bool:
    """Nothing more until it is resumed; what waits is not sent later either. False: not active."""
    subscriber = _locked(subscriber_id, State.ACTIVE)
    if subscriber is None:
        return False
    subscriber.state = State.PAUSED
    subscriber.save(update_fields=["state"])
    outbox.withdraw(subscriber, now)
    return True


@transaction.atomic
def resume(subscriber_id: str) -> bool:
    """Whatever comes from now on is told again. False: not paused."""
    subscriber = _locked(subscriber_id, State.PAUSED)
    if subscriber is None:
        return False
    subscriber.state = State.ACTIVE
    subscriber.save(update_fields=["state"])
    return True


@transaction.atomic
def erase(subscriber_id: str) -> bool:
    """Forget a subscriber: the row, its deliveries, and what was asked of it alone. False: not there."""
    subscriber = _locked(subscriber_id, *State)
    if subscriber is None:
        return False
    _forget([subscriber.pk])
    return True


@transaction.atomic
def rotate_secret(subscriber_id: str, now: datetime) -> str:
    """A new secret, shown this once; the one before signs along for 24 hours. "": not subscribed."""
    subscriber = _locked(subscriber_id, *signup.HEARS)
    if subscriber is None:
        return ""
    secret = signup.new_secret()
    # As the database holds it: the old one need not be opened.
    Subscriber.objects.filter(pk=subscriber.pk).update(
        previous_secret=F("secret"), previous_until=now + BOTH_SIGN, secret=secret
    )
    return secret


@transaction.atomic
def test(subscriber_id: str, now: datetime) -> bool:
    """Send a test, unless one is still on its way. False: not active."""
    subscriber = _locked(subscriber_id, State.ACTIVE)
    if subscriber is None:
        return False
    waiting = Delivery.objects.filter(
        subscriber=subscriber, notice__event=TEST, state=DeliveryState.PENDING
    ).exists()
    if not waiting:
        outbox.test(subscriber, now)
    return True


@transaction.atomic
def replay(subscriber_id: str, now: datetime, notice_id: str = "") -> int:
    """Start anew with what failed for good: all of it, or one notice (public id). Returns how many."""
    subscriber = _locked(subscriber_id, State.ACTIVE)
    if subscriber is None:
        return 0
    chosen = failed(subscriber)
    chosen = chosen.filter(notice__public_id=notice_id) if notice_id else chosen
    return records.retry(list(chosen.values_list("pk", flat=True)), now)


def failed(subscriber: Subscriber) -> QuerySet[Delivery]:
    """What failed for good and can be sent again, the newest first: only news, no old questions and tests."""
    dead = Delivery.objects.filter(subscriber=subscriber, state=DeliveryState.DEAD)
    return dead.exclude(notice__event__in=PERSONAL).select_related("notice").order_by("-id")


def forget_followers(now: datetime) -> int:
    """Forget who follows only what has been over for 30 days, some at a time. Returns how many."""
    alone = Subscriber.objects.filter(everything=False, components=None, groups=None)
    alone = alone.exclude(subjects=[]).exclude(state=State.PENDING)
    names = {name for followed in alone.values_list("subjects", flat=True).distinct() for name in followed}
    known, forgotten = subjects.known(names), 0
    over = [name for name in names if name not in known or _long_over(known[name], now)]
    alone = alone.filter(subjects__contained_by=over)
    while ids := list(alone.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            list(Subscriber.objects.filter(pk__in=ids).order_by("pk").select_for_update().values_list("pk"))
            # Whoever chose something else meanwhile is not among them any more.
            ids = list(alone.filter(pk__in=ids).values_list("pk", flat=True))
            _forget(ids)
        forgotten += len(ids)
    return forgotten


def _long_over(subject: Subject, now: datetime) -> bool:
    return subject.over and subject.changed_at <= now - FOLLOWED_FOR


def _forget(ids: list[int]) -> None:
    """Subscribers by their primary keys, with all that was sent to them and asked of them alone."""
    Notice.objects.filter(deliveries__subscriber__in=ids, event__in=PERSONAL).delete()
    Subscriber.objects.filter(pk__in=ids).delete()


def _locked(subscriber_id: str, *states: str) -> Subscriber | None:
    found = Subscriber.objects.filter(public_id=subscriber_id, state__in=states)
    return found.defer("secret", "previous_secret").select_for_update().first()
