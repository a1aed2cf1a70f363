"""What the audit log keeps of which table, from the models: what people change, and nothing secret.

A model of ours that is named nowhere is kept whole. What machines write all the time has no trigger at all.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Model

from monitors.fields import SecretField

APPS = {"monitors", "incidents", "subscribers", "statuspage", "auth", "account", "mfa", "socialaccount"}
# Written by the machine, or kept for one person alone until it is posted.
LEFT_OUT = {
    "monitors.span",
    "monitors.regionverdict",
    "monitors.verdict",
    "monitors.observation",
    "monitors.evidence",
    "monitors.ping",
    # Follow from corrections, which are kept.
    "monitors.correctionentry",
    "monitors.frozenmonth",
    "monitors.rolled",
    "monitors.latecomer",
    "monitors.tally",
    "incidents.draft",
    "incidents.outbreak",
    "incidents.stricken",
    "incidents.silencetold",
    "incidents.doubttold",
    "incidents.spike",
    "incidents.teammessage",
    "subscribers.importfile",
    "subscribers.notice",
    "subscribers.delivery",
    "subscribers.throttle",
    "subscribers.allowance",
    # Theirs, in public; staff change them through their subscriber.
    "subscribers.subscriber_components",
    "subscribers.subscriber_groups",
    "statuspage.auditentry",
    "statuspage.release",
    "statuspage.file",
    "statuspage.componenttold",
    "statuspage.turn",
    "auth.permission",
    "account.emailconfirmation",
    "socialaccount.socialtoken",
}
# Kept where staff change them, not where their owners or visitors do; never as they come.
OF_STAFF = {"subscribers.subscriber", "subscribers.suppression", "incidents.report"}
# Of these, not even where staff bring them in: a list of a hundred thousand is one entry, the import's own.
BROUGHT_IN = {"subscribers.subscriber", "incidents.report"}
# What machines write into a table that people change.
MACHINE = {
    "monitors.monitor": {"due_at", "changed_at"},
    "monitors.region": {
        *("heard_at", "quiet_since", "silent_since", "offline_since", "offline_at", "witnesses")
    },
    "incidents.incident": {"reminded_for", "overdue_for"},
    "incidents.maintenance": {"reminded"},
    "incidents.update": {"before", "held_until"},
    "incidents.task": {"told_at"},
    "incidents.series": {"made_until", "due_at"},
    "incidents.teamchannel": {"failures", "error", "heard_at"},
    "subscribers.subscriber": {"asked_at", "ended_why", "returned_on"},
    "statuspage.target": {
        *("sequence", "published_at", "failures", "error", "retry_at", "error_said", "warning", "alarm"),
        *("receipt_sequence", "receipt_at", "receipt_error", "unseen_since", "reads", "read_at"),
        *("listed_at", "listed", "list_error"),
    },
    "statuspage.publishing": {"failures", "retry_at", "alive_sequence", "alive_at", "alive_error"},
    "statuspage.drill": {"detected_at", "posted_at", "public_at", "noticed_at", "recovered_at", "broken_at"},
    "mfa.authenticator": {"last_used_at"},
    "socialaccount.socialaccount": {"last_login"},
}
ANYWHERE = {"updated_at", "touched_at"}
HIDDEN = {
    "auth.user": {"password"},
    "monitors.page": {"password"},
    # Whoever knows where a job calls can say that it ran.
    "monitors.monitor": {"ping_id"},
    "mfa.authenticator": {"data"},
    "socialaccount.socialaccount": {"extra_data"},
    "socialaccount.socialapp": {"secret", "key", "settings"},
    "statuspage.invitation": {"digest"},
    # Where people write what they should not.
    "incidents.contact": {"credentials"},
    "incidents.report": {"text", "email"},
    "subscribers.subscriber": {"address", "contact", "proof"},
    "subscribers.suppression": {"address", "detail"},
}
# What a row is called: the first of these that says something.
LABELS = ("title_en", "title_fr", "name_en", "name_fr", "name", "username", "public_id", "email", "text_en")
UNLABELLED = {"subscribers.suppression", "account.emailaddress"}


@dataclass(frozen=True, slots=True)
class Watched:
    """A table whose changes are kept, and what of its columns."""

    table: str
    key: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    hidden: tuple[str, ...]
    of_staff: bool
    brought_in: bool

    @property
    def mark(self) -> str:
        """Another one means that its trigger is another one."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def watched() -> Iterator[Watched]:
    """Every table that people change."""
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        ours = meta.app_label in APPS and meta.label_lower not in LEFT_OUT
        if ours and meta.managed and not meta.proxy:
            yield _watched(model)


def _watched(model: type[Model]) -> Watched:
    meta = model._meta
    name = meta.label_lower
    columns: dict[str, Any] = {str(field.column): field for field in meta.local_concrete_fields}
    machine = (MACHINE.get(name, set()) | ANYWHERE) & columns.keys()
    hidden = HIDDEN.get(name, set()) | {column for column, field in columns.items() if _is_secret(field)}
    labels = () if name in UNLABELLED else LABELS
    return Watched(
        table=meta.db_table,
        key=str(meta.pk.column),
        labels=tuple(each for each in labels if each in columns and each not in hidden),
        columns=tuple(each for each in columns if each not in machine),
        left_out=tuple(sorted(machine)),
        hidden=tuple(sorted(hidden)),
        of_staff=name in OF_STAFF,
        brought_in=name in BROUGHT_IN,
    )


def _is_secret(field: Any) -> bool:
    # Of a picture it is enough to know that it is another one.
    return isinstance(field, SecretField | models.BinaryField)
