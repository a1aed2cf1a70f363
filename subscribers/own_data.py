"""Everything that is kept of one subscriber, for them to take away: no secret, nothing of anybody else."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from subscribers import subjects
from subscribers.channels import CHANNELS
from subscribers.models import Delivery, DeliveryState, Subscriber, Suppression
from subscribers.payload import text_in
from subscribers.standing import is_shared


def exported(subscriber: Subscriber) -> dict[str, Any]:
    """As plain values for JSON; times are ISO 8601 with an offset. Deliveries are kept for 90 days."""
    return {
        "page": {"name": subscriber.page.name, "url": subscriber.page.url},
        "subscription": _subscription(subscriber),
        "suppressed": _suppressed(subscriber),
        "deliveries": list(_deliveries(subscriber)),
    }


def _subscription(subscriber: Subscriber) -> dict[str, Any]:
    known = subjects.known(subscriber.subjects)
    return {
        "id": subscriber.public_id,
        "channel": subscriber.channel,
        # An address of software is a secret of its own: whoever knows it may write there.
        "address": CHANNELS[subscriber.channel].shown(subscriber.address),
        "state": subscriber.state,
        "everything": subscriber.everything,
        "components": [_named(component) for component in subscriber.components.all()],
        "groups": [_named(group) for group in subscriber.groups.all()],
        "followed": [
            {"id": name, "title": known[name].title if name in known else None}
            for name in subscriber.subjects
        ],
        "kinds": subscriber.kinds,
        "language": subscriber.language,
        "time_zone": subscriber.time_zone or subscriber.page.time_zone,
        "format": subscriber.format,
        # Whoever reads a chat opens this: of the contact there is no more than that there is one.
        "contact": "…" if subscriber.contact and is_shared(subscriber) else subscriber.contact,
        "proof_of_consent": subscriber.proof,
        "created_at": _iso(subscriber.created_at),
        "asked_to_confirm_at": _iso(subscriber.asked_at),
        "confirmed_at": _iso(subscriber.confirmed_at),
        "ended_at": _iso(subscriber.ended_at),
        "ended_because": subscriber.ended_why,
        "mail_came_back_on": [day.isoformat() for day in subscriber.returned_on],
    }


def _named(what: Any) -> dict[str, str]:
    return {"id": what.public_id, "name": str(what)}


def _suppressed(subscriber: Subscriber) -> dict[str, Any] | None:
    """Why the address is never written to, where that is so."""
    found = Suppression.objects.filter(address=subscriber.address).first()
    if found is None:
        return None
    return {"reason": found.reason, "detail": found.detail, "since": _iso(found.created_at)}


def _deliveries(subscriber: Subscriber) -> Iterator[dict[str, Any]]:
    theirs = Delivery.objects.filter(subscriber=subscriber).select_related("notice").order_by("id")
    for delivery in theirs.iterator(chunk_size=500):
        yield {
            "event": delivery.notice.event,
            "about": delivery.subject,
            "title": _title(delivery, subscriber.language),
            "written_at": _iso(delivery.notice.created_at),
            "state": delivery.state,
            "attempts": delivery.attempts,
            "finished_at": _iso(delivery.finished_at),
            "error": delivery.error,
        }


def _title(delivery: Delivery, language: str) -> str | None:
    """None for what they were never told: it may have been taken back, and never meant for anybody."""
    if delivery.state == DeliveryState.CANCELLED:
        return None
    return text_in(delivery.notice.payload.get("title", {}), language) or None


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
