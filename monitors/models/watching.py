"""What is watched, how, and from where."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from monitors.fields import SecretField
from monitors.models.choices import EPOCH, default_regions, impacts, kinds
from monitors.models.page import Page
from monitors.models.parts import Component
from monitors.status import Status


class Region(models.Model):
    """Where checks run from. `heard_at` is when a worker there last sent anything.

    Settings that are secret travel to it sealed to `recipient`, an age key of its own; a region without
    one has DATA_KEYS.
    """

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=40, unique=True)
    recipient = models.CharField(
        _("public key"),
        max_length=100,
        blank=True,
        help_text=_("What manage.py region_key printed on its worker: age1…"),
    )
    heard_at = models.DateTimeField(null=True, editable=False)
    # Since when nothing has come from it that should have; and since when staff know that it is silent.
    quiet_since = models.DateTimeField(null=True, editable=False)
    silent_since = models.DateTimeField(null=True, editable=False)
    # Since when it doubts its own network, and the slot of the last result that said so.
    offline_since = models.DateTimeField(null=True, editable=False)
    offline_at = models.DateTimeField(null=True, editable=False)
    # How many PROBE_WITNESSES its worker has, as that last said; None: it did not say.
    witnesses = models.SmallIntegerField(_("witnesses"), null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("region")
        verbose_name_plural = _("regions")

    def __str__(self) -> str:
        return self.name


class Monitor(models.Model):
    """A configured watch of one thing, feeding one or more components."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="monitors", verbose_name=_("page"))
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=kinds)
    # Texts by the name of the field; those of secret fields stand in `secrets`, as JSON.
    config = models.JSONField(default=dict)
    secrets = SecretField(blank=True, default="", db_default="", editable=False)
    # Where a job calls when it has run: /ping/<this>. Only monitors of kind "heartbeat" have one.
    ping_id = models.UUIDField(null=True, unique=True, editable=False)
    interval = models.PositiveIntegerField(
        _("interval"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(86_400)],
        help_text=_("Seconds between two checks, 1 to 86,400."),
    )
    timeout = models.PositiveIntegerField(
        _("timeout"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Seconds for the whole check, 1 to 60, not more than the interval."),
    )
    confirm_down = models.PositiveIntegerField(
        _("failures until down"), default=2, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    confirm_up = models.PositiveIntegerField(
        _("successes until up"), default=2, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    recheck = models.PositiveIntegerField(
        _("look again after"),
        default=10,
        db_default=10,
        validators=[MinValueValidator(1), MaxValueValidator(3_600)],
        help_text=_("Seconds until a result that says something new is checked again."),
    )
    regions = ArrayField(models.CharField(max_length=40), verbose_name=_("regions"), default=default_regions)
    enabled = models.BooleanField(_("enabled"), default=True)
    # Why it is disabled, and when it is enabled again by itself.
    pause_reason = models.CharField(
        _("why it is paused"), max_length=300, blank=True, default="", db_default=""
    )
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    behind = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="dependents",
        verbose_name=_("behind"),
        help_text=_("While that one is down, this one is unknown instead of down."),
    )
    tags = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("tags"),
        blank=True,
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=40))),
    )
    components: "models.ManyToManyField[Component, Feed]" = models.ManyToManyField(
        Component, through="Feed", related_name="monitors"
    )
    # The next slot that nobody has been asked to probe yet.
    due_at = models.DateTimeField(default=EPOCH, editable=False)
    # When staff last changed what is watched or how: results of earlier slots no longer count.
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("monitor")
        verbose_name_plural = _("monitors")
        indexes = [
            models.Index(fields=["due_at"], name="monitor_due", condition=Q(enabled=True)),
            models.Index(fields=["paused_until"], name="monitor_paused", condition=Q(enabled=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(timeout__lte=models.F("interval")), name="timeout_within_interval"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Feed(models.Model):
    """What a monitor that is down means for one component."""

    monitor = models.ForeignKey(Monitor, models.CASCADE, related_name="feeds")
    component = models.ForeignKey(
        Component, models.CASCADE, related_name="feeds", verbose_name=_("component")
    )
    impact = models.CharField(
        _("impact when down"), max_length=24, choices=impacts, default=Status.MAJOR_OUTAGE.value
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["monitor", "component"], name="one_feed_per_component")
        ]

    def __str__(self) -> str:
        return f"{self.monitor} → {self.component}"
