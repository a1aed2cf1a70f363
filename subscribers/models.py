"""Who is told, what is told, and how far each telling has come.

Only `signup` writes subscribers (but `suppression` when their mail came back); only `outbox` creates
notices and deliveries and moves them, and `held` those that still wait for their time.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from monitors.fields import SecretField
from monitors.ids import public_id
from monitors.models import EPOCH, LANGUAGES, Component, Group, Page
from subscribers.lists.import_file import ImportFile as ImportFile


class State(models.TextChoices):
    """Where a subscriber stands."""

    PENDING = "pending", _("waiting for confirmation")
    ACTIVE = "active", _("active")
    PAUSED = "paused", _("paused")
    UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
    DISABLED = "disabled", _("disabled after failures")


class Kinds(models.TextChoices):
    """Which notices somebody wants; but for `ALL` the value is how the subjects of these begin."""

    ALL = "all", _("outages and maintenance")
    INCIDENTS = "incident", _("outages only")
    MAINTENANCES = "maintenance", _("maintenance only")


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
    """An address that asked to be told, on one channel of one page.

    Told is what concerns everything or something chosen, as far as it is of the wanted `kinds`; of a
    subject that it follows by name, every notice.
    """

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
    # With every component that is, or will be, in them.
    groups = models.ManyToManyField(Group, blank=True, related_name="subscribers", verbose_name=_("groups"))
    # Single incidents and maintenances ("incident:<public id>").
    subjects = ArrayField(
        models.CharField(max_length=40),
        blank=True,
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=40))),
    )
    kinds = models.CharField(
        _("kinds"), max_length=16, choices=Kinds, default=Kinds.ALL, db_default=Kinds.ALL.value
    )
    # The page's own where it is empty.
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="", db_default="")
    # How a webhook's bodies are written: "" as we do, "statuspage" as Statuspage does.
    format = models.CharField(_("format"), max_length=16, blank=True, default="", db_default="")
    # Where the owner of an address that is no mail address hears that it stopped working.
    contact = models.CharField(_("contact"), max_length=254, blank=True, default="", db_default="")
    # How we know that they agreed, where they did not confirm it here.
    proof = models.CharField(_("proof of consent"), max_length=500, blank=True, default="", db_default="")
    # What a webhook's bodies are signed with (`whsec_…`), until then also with the one before.
    secret = SecretField(blank=True, default="", editable=False)
    previous_secret = SecretField(blank=True, default="", db_default="", editable=False)
    previous_until = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField()
    # When confirmation was last asked for: at most once in 24 hours, whoever types the address.
    asked_at = models.DateTimeField(default=EPOCH, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    # Why it was disabled the last time: a message id, or what the other side said.
    ended_why = models.CharField(max_length=500, blank=True, default="", db_default="", editable=False)
    # The latest days on which their mailbox gave mail back without being gone for good.
    returned_on = ArrayField(
        models.DateField(),
        blank=True,
        default=list,
        db_default=Value([], ArrayField(models.DateField())),
        editable=False,
    )

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
            # An address on any page, and how one begins, whatever the collation.
            models.Index(fields=["address"], name="subscriber_address", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        """As people other than its owner may see it: the URL of a chat or a webhook is a secret."""
        from subscribers.channels import CHANNELS

        channel = CHANNELS.get(self.channel)
        return channel.shown(self.address) if channel else self.address


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
    # For how many it was written, which no list can count each time; None where that was not noted.
    told = models.PositiveIntegerField(null=True)
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
    CRITICAL = 3
    NOTICE = 5
    # It failed before, or something else for this subscriber just did: whoever hangs holds up no other.
    LATER = 7
    # Twice in hand when its sender died: taken with few others, then alone, so that it can only stop itself.
    SUSPECT = 9


class Delivery(models.Model):
    """One notice for one subscriber, at least once.

    A sender that takes it moves `due_at` to the end of its lease: a sender that dies leaves behind a
    delivery which is due again by itself.
    """

    # Without a check for each row, which takes as long as the row does: see migration 0005.
    notice = models.ForeignKey(
        Notice,
        models.CASCADE,
        related_name="deliveries",
        db_index=False,
        db_constraint=False,
        verbose_name=_("notice"),
    )
    subscriber = models.ForeignKey(
        Subscriber,
        models.CASCADE,
        related_name="deliveries",
        db_constraint=False,
        verbose_name=_("subscriber"),
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


class Suppression(models.Model):
    """A mail address that is never written to again, whoever asks: it bounced, complained or was barred."""

    class Reason(models.TextChoices):
        """Why not."""

        BOUNCED = "bounced", _("does not exist or refuses our mail")
        COMPLAINED = "complained", _("complained")
        STAFF = "staff", _("barred by staff")

    # In the normal form of the channel.
    address = models.CharField(_("address"), max_length=254, unique=True)
    reason = models.CharField(_("reason"), max_length=16, choices=Reason)
    # What the other side said, or staff.
    detail = models.CharField(_("detail"), max_length=500, blank=True, default="")
    created_at = models.DateTimeField(_("since"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")

    def __str__(self) -> str:
        return self.address


class Throttle(models.Model):
    """When the next mail may go to a domain ("*": to any), for all senders together."""

    domain = models.CharField(max_length=253, primary_key=True)
    free_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.domain


class Allowance(models.Model):
    """How often a network address used a public form since a moment."""

    key = models.CharField(max_length=60, primary_key=True)
    since = models.DateTimeField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.key
