"""Mail addresses that are never written to again: the one writer of suppressions.

Whoever is suppressed is told nothing on any page, and their subscriptions end in the same moment.
Addresses are in the normal form of the e-mail channel.
"""

from datetime import datetime, timedelta

from django.db import transaction

from subscribers import signup
from subscribers.models import Subscriber, Suppression

CHANNEL = "email"
# A mailbox that is full today may be emptied tomorrow: so many different days, so close together.
DAYS = 3
WITHIN = timedelta(days=30)


@transaction.atomic
def suppress(address: str, reason: Suppression.Reason, detail: str, now: datetime) -> int:
    """Never write to an address again, and end its subscriptions. Returns how many ended now.

    `detail` is what the other side said, or staff. Of several reasons the first stays.
    """
    said = detail.replace("\0", "")[:500]
    signup.hold((), [address])
    Suppression.objects.get_or_create(
        address=address, defaults={"reason": reason, "detail": said, "created_at": now}
    )
    theirs = Subscriber.objects.filter(channel=CHANNEL, address=address, state__in=signup.KNOWN)
    ids = list(theirs.order_by("pk").values_list("public_id", flat=True))
    for public_id in ids:
        signup.disable(public_id, now, said)
    Subscriber.objects.filter(public_id__in=ids).update(returned_on=[])
    return len(ids)


def lift(address: str) -> bool:
    """Let an address sign up again; nobody is subscribed by it. Returns whether it was suppressed."""
    return bool(Suppression.objects.filter(address=address).delete()[0])


def is_suppressed(address: str) -> bool:
    """Whether an address is never to be written to."""
    return Suppression.objects.filter(address=address).exists()


@transaction.atomic
def came_back(subscriber_id: str, why: str, now: datetime) -> bool:
    """Mail to a subscriber (public id) came back, but not for good: suppress on the third day within 30.

    Several on one day count once. Returns whether the address is suppressed now.
    """
    theirs = Subscriber.objects.filter(public_id=subscriber_id, channel=CHANNEL, state__in=signup.KNOWN)
    signup.hold((), theirs.values_list("address", flat=True))
    subscriber = theirs.defer("secret", "previous_secret").select_for_update().first()
    if subscriber is None:
        return False
    recent = [day for day in subscriber.returned_on if now.date() - day <= WITHIN]
    subscriber.returned_on = sorted({*recent, now.date()})
    subscriber.save(update_fields=["returned_on"])
    if len(subscriber.returned_on) < DAYS:
        return False
    suppress(subscriber.address, Suppression.Reason.BOUNCED, why, now)
    return True
