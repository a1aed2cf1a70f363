"""One notice of every kind of mail, written and read back with the standard library's parser."""

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from subscribers import mail
from subscribers.channels.base import Message, Told
from tests.subscribers.make import NOW, make_means, make_message, make_told

OVER = {"status": "resolved", "next_update_at": None, "started_at": "2026-11-22T13:22:00+00:00"}
PLAN = {
    "kind": "maintenance",
    "status": "scheduled",
    "impact": "maintenance",
    "next_update_at": None,
    "scheduled_for": "2026-11-25T22:00:00+00:00",
    "scheduled_until": "2026-11-26T00:30:00+00:00",
    "title": {"en": "New switches", "fr": "Nouveaux commutateurs"},
    "body": {"en": "We replace switches in Montréal.", "fr": "Nous remplaçons des commutateurs à Montréal."},
}
FINE = ({"id": "component001", "name": {"en": "Checkout", "fr": "Paiement"}, "status": "operational"},)
SECOND = {"id": "component002", "name": {"en": "Search", "fr": "Recherche"}, "status": "degraded_performance"}
WORKAROUND = {
    "en": "Pay by [invoice](https://acme.example/invoice).\n\n- or by phone",
    "fr": "Payez sur [facture](https://acme.example/facture).\n\n- ou par téléphone",
}
CONFIRM = {"language": "en", "everything": True, "components": []}
DISABLED = {
    "channel": "webhook",
    "host": "hooks.example.com",
    "why": "The receiver answered 500.",
    "since": NOW.isoformat(),
}


def question() -> Told:
    return replace(make_told("subscription.confirm"), payload=CONFIRM, subject="subscriber:x")


def last_word() -> Told:
    return replace(make_told("subscription.disabled"), payload=DISABLED, subject="subscriber:x")


KINDS: dict[str, Callable[[], Told]] = {
    "incident": make_told,
    "workaround": lambda: make_told(
        scope={"en": "Cards of one bank", "fr": "Les cartes d’une banque"},
        workaround=WORKAROUND,
        impact="critical",
        components=(make_told().payload["components"][0], SECOND),
    ),
    "resolved": lambda: make_told("incident.resolved", components=FINE, **OVER),
    "postmortem": lambda: make_told(
        "incident.postmortem", components=FINE, **OVER | {"status": "postmortem"}
    ),
    "bare": lambda: make_told(components=(), next_update_at=None, body={"en": "", "fr": ""}, impact="none"),
    "maintenance": lambda: make_told("maintenance.scheduled", components=FINE, **PLAN),
    "started": lambda: make_told("maintenance.started", **PLAN | {"status": "in_progress"}),
    "completed": lambda: make_told(
        "maintenance.completed", components=FINE, **PLAN | {"status": "completed"}
    ),
    "cancelled": lambda: make_told(
        "maintenance.cancelled", components=FINE, **PLAN | {"status": "cancelled"}
    ),
    "test": lambda: replace(make_told(workaround=WORKAROUND), test=True),
    "question": question,
    "last word": last_word,
}


def written(message: Message, **means: Any) -> bytes:
    using = make_means(**means)
    letter = mail.compose(message.notice, message.language, using, NOW, message.time_zone)
    return mail.copy(letter, message, using)


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)  # type: ignore[return-value]


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def mail_of(kind: str, language: str, **means: Any) -> EmailMessage:
    return read(written(make_message(KINDS[kind](), language=language), **means))
