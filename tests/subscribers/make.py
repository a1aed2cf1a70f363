"""Subscribers, notices and means for the tests of the post room."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from monitors.fields import SecretField
from monitors.models import Component, Page
from monitors.network.guard import Allow
from subscribers import claims, deliver, outbox, signup
from subscribers.channels.base import Means, Message, Told
from subscribers.models import Delivery, Notice, State, Subscriber
from subscribers.payload import NoticePayload

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
LOOPBACK = Allow.parse("127.0.0.0/8")
_number = count(1)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


def make_means(**values: Any) -> Means:
    means = Means(
        app_url="https://app.example.com",
        mail_from="status@example.com",
        mail_url="",
        mail_folder=Path("/nonexistent"),
        webhook_allow=LOOPBACK,
    )
    return replace(means, **values)


def make_subscriber(page: Page, *components: Component, **values: Any) -> Subscriber:
    channel = values.get("channel", "email")
    number = next(_number)
    address = f"https://hook{number}.example.com/" if channel == "webhook" else f"reader{number}@example.com"
    subscriber = Subscriber.objects.create(
        **{
            "page": page,
            "channel": channel,
            "address": address,
            "state": State.ACTIVE,
            "created_at": NOW,
            "everything": not components,
            "secret": signup.new_secret() if channel == "webhook" else "",
        }
        | values
    )
    subscriber.components.set(components)
    return subscriber


def make_payload(**values: Any) -> NoticePayload:
    number = next(_number)
    texts = {
        "kind": "incident",
        "public_id": "incident0001",
        "title": {"en": f"Checkout fails {number}", "fr": f"Le paiement échoue {number}"},
        "status": "investigating",
        "impact": "major",
        "body": {
            "en": "We are **looking** into it.",
            "fr": "Nous **cherchons** ; merci de votre patience.",
        },
        "at": NOW.isoformat(),
        "started_at": NOW.isoformat(),
        "url": "https://status.example.com/incidents/incident0001/",
        "update_id": f"update{number:06}",
        "page": {"id": "page00000001", "name": "Acme", "url": "https://status.example.com"},
        "components": (
            {"id": "component001", "name": {"en": "Checkout", "fr": "Paiement"}, "status": "major_outage"},
        ),
        "next_update_at": (NOW + timedelta(minutes=30)).isoformat(),
    }
    return NoticePayload(**texts | values)


def notify(
    page: Page,
    event: str = "incident.created",
    *components: Component,
    subject: str = "incident:incident0001",
    now: datetime = NOW,
    due_at: datetime | None = None,
    **payload: Any,
) -> Notice:
    return outbox.create(
        page,
        event=event,
        subject=subject,
        payload=make_payload(**payload),
        component_ids=[component.pk for component in components],
        now=now,
        due_at=due_at,
    )


def make_told(event: str = "incident.created", **payload: Any) -> Told:
    return Told(
        id=1,
        public_id="notice000001",
        event=event,
        subject="incident:incident0001",
        payload=make_payload(**payload).as_json(),
        created_at=NOW,
        page_public_id="page00000001",
        page_name="Acme",
        page_url="https://status.example.com",
        time_zone="Europe/Paris",
        languages=("en", "fr"),
    )


def make_message(told: Told | None = None, secret: str = "", **values: Any) -> Message:
    message = Message(
        delivery_id=1,
        id="notice000001subscriber01",
        notice=told or make_told(),
        attempt=1,
        address="reader@example.com",
        language="en",
        subscriber_public_id="subscriber01",
        sealed_secret=SecretField().get_prep_value(secret),
    )
    return replace(message, **values)


def send(channel: str, means: Means, clock: Callable[[], datetime], seconds: float = 20) -> int:
    return deliver.run(channel, means, clock, clock() + timedelta(seconds=seconds))


def states(notice: Notice | None = None) -> dict[str, str]:
    """What became of each subscriber's delivery, by address."""
    deliveries = Delivery.objects.filter(notice=notice) if notice else Delivery.objects.all()
    return {
        delivery.subscriber.address: delivery.state
        for delivery in deliveries.select_related("subscriber").defer("subscriber__secret").order_by("id")
    }


def claimed(channel: str = "email", now: datetime = NOW, limit: int = claims.BATCH) -> list[str]:
    """The addresses that a claim gets."""
    batch = claims.claim(channel, now, limit)
    return [message.address for message in batch.messages] if batch else []
