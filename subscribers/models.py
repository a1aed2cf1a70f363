"""Who is told, what is told, and how far each telling has come.

Only `signup` writes subscribers; only `outbox` creates and moves notices and deliveries.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitors.fields import SecretField
from monitors.ids import public_id
from monitors.models import EPOCH, LANGUAGES, Component, Page


class State(models.TextChoices):
    """Where a subscriber stands."""

    PENDING = "pending", _("waiting for confirmation")
    ACTIVE = "active", _("active")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    DISABLED = "disabled", _("disabled after failures")


class DeliveryState(models.TextChoices):
    """Where a delivery stands: a dead one failed for good and waits for staff."""

    PENDING = "pending", _("waiting")
    SENT = "sent", _("sent")
    DEAD = "dead", _("failed")
    CANCELLED = "cancelled", _("cancelled")


def channels() -> list[tuple[str, Any]]:
    """The channels as choices: a callable, so that a new one needs no migration."""
    from subscribers.channels import CHANNELS

    return [(name, _(channel.label)) for name, channel in CHANNELS.items()]


class Subscriber(models.Model):
    """An address that asked to be told, on one channel of one page."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="subscribers", verbose_name=_("page"))
    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    channel = models.CharField(_("channel"), max_length=20, choices=channels)
    # An e-mail address or a URL, normalised.
    address = models.CharField(_("address"), max_length=2000)
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES, default="en")
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.PENDING)
    # Said aloud, because a chosen component that is deleted must not turn into "everything".
    everything = models.BooleanField(_("all components"), default=True)
    components = models.ManyToManyField(
        Component, blank=True, related_name="subscribers", verbose_name=_("components")
    )
    # What a webhook's bodies are signed with (`whsec_…`).
    secret = SecretField(blank=True, default="", editable=False)
    created_at = models.DateTimeField()
    # When confirmation was last asked for: at most once in 24 hours, whoever types the address.
    asked_at = models.DateTimeField(default=EPOCH, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        constraints = [
            models.UniqueConstraint(fields=["page", "channel", "address"], name="one_subscriber_per_address")
        ]
        indexes = [
            models.Index(fields=["page"], name="subscriber_active", condition=Q(state=State.ACTIVE)),
            models.Index(fields=["asked_at"], name="subscriber_pending", condition=Q(state=State.PENDING)),
        ]

    def __str__(self) -> str:
        return self.address


class Notice(models.Model):
    """One thing to tell: complete in itself, so that sending reads nothing else.

    `subject` names what it is about ("incident:<public id>"): deliveries of one subject reach one
    subscriber in order. `payload` is described in outbox.py.
    """

    page = models.ForeignKey(Page, models.CASCADE, related_name="notices", verbose_name=_("page"))
    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    event = models.CharField(_("event"), max_length=40)
    subject = models.CharField(_("about"), max_length=40)
    payload = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"


class Priority(models.IntegerChoices):
    """What is sent first within a channel."""

    PERSON_WAITS = 1
    NOTICE = 5
    # Twice in hand when its sender died: taken alone, so that it can only stop itself.
    SUSPECT = 9


class Delivery(models.Model):
    """One notice for one subscriber, at least once.

    A sender that takes it moves `due_at` to the end of its lease: a sender that dies leaves behind a
    delivery which is due again by itself.
    """

    notice = models.ForeignKey(
        Notice, models.CASCADE, related_name="deliveries", db_index=False, verbose_name=_("notice")
    )
    subscriber = models.ForeignKey(
        Subscriber, models.CASCADE, related_name="deliveries", verbose_name=_("subscriber")
    )
    # Copied from subscriber and notice, because claiming looks at this table alone.
    channel = models.CharField(_("channel"), max_length=20, choices=channels)
    subject = models.CharField(_("about"), max_length=40)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NOTICE)
    state = models.CharField(_("state"), max_length=16, choices=DeliveryState, default=DeliveryState.PENDING)
    due_at = models.DateTimeField(_("due"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Times taken since the last outcome: more than one means that a sender died on the way.
    taken = models.PositiveSmallIntegerField(default=0, editable=False)
    lease = models.CharField(max_length=32, blank=True, default="", editable=False)
    error = models.CharField(_("last error"), max_length=500, blank=True, default="")
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["notice", "subscriber"], name="one_delivery_per_subscriber")
        ]
        indexes = [
            models.Index(
                fields=["channel", "priority", "due_at", "id"],
                name="delivery_due",
                condition=Q(state=DeliveryState.PENDING),
            ),
            models.Index(
                fields=["subject", "subscriber", "id"],
                name="delivery_in_order",
                condition=Q(state=DeliveryState.PENDING),
            ),
            models.Index(fields=["id"], name="delivery_dead", condition=Q(state=DeliveryState.DEAD)),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} → {self.subscriber_id}"


class Allowance(models.Model):
    """How often a network address used a public form since a moment."""

    key = models.CharField(max_length=60, primary_key=True)
    since = models.DateTimeField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.key
