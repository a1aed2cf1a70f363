"""Pages, components, the monitors that watch them, and what was seen.

Only `record` writes Span, Verdict, RegionVerdict and Observation rows.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from monitors import state
from monitors.fields import SecretField
from monitors.ids import public_id
from monitors.labels import STATUS_LABELS as STATUS_LABELS
from monitors.probes import PROBES
from monitors.status import IMPACTS, Status

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LANGUAGES = [("en", _("English")), ("fr", _("French"))]


def kinds() -> list[tuple[str, Any]]:
    """The probe kinds as choices: a callable, so that a new kind needs no migration."""
    return [(kind, _(probe.label)) for kind, probe in PROBES.items()]


def statuses() -> list[tuple[str, Any]]:
    """Every status as a choice."""
    return [(status.value, label) for status, label in STATUS_LABELS.items()]


def impacts() -> list[tuple[str, Any]]:
    """The statuses that a monitor which is down may give."""
    return [(status.value, STATUS_LABELS[status]) for status in IMPACTS]


def default_regions() -> list[str]:
    """A new monitor is probed from the application's own region."""
    return ["default"]


def both_languages() -> list[str]:
    """A new page speaks every language there is."""
    return [code for code, _name in LANGUAGES]


def localized(en: str, fr: str) -> str:
    """The text in the active language, the other one where that is missing."""
    return (fr or en) if (get_language() or "en").startswith("fr") else (en or fr)


class Access(models.TextChoices):
    """Who may read a page."""

    PUBLIC = "public", _("everybody")
    PASSWORD = "password", _("whoever knows the password")
    STAFF = "staff", _("whoever is signed in")


class ShownPages(models.Manager["Page"]):
    """Every page that anybody may choose or look at: not the hidden one."""

    def get_queryset(self) -> models.QuerySet["Page"]:
        """Without what only drills ask for."""
        return super().get_queryset().filter(hidden=False)


class Page(models.Model):
    """One public status page with its own domain, languages and weights."""

    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    name = models.CharField(_("name"), max_length=100)
    domain = models.CharField(
        _("domain"),
        max_length=253,
        unique=True,
        help_text=_("The host this page is served under, such as status.example.com."),
    )
    url = models.URLField(
        _("public address"),
        max_length=500,
        help_text=_("Where customers read the page, without a slash at the end."),
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Etc/UTC")
    languages = ArrayField(
        models.CharField(max_length=8, choices=LANGUAGES), verbose_name=_("languages"), default=both_languages
    )
    default_language = models.CharField(_("default language"), max_length=8, choices=LANGUAGES, default="en")
    support_url = models.URLField(_("support address"), max_length=500, blank=True)
    access = models.CharField(
        _("who may read it"),
        max_length=10,
        choices=Access,
        default=Access.PUBLIC,
        db_default=Access.PUBLIC.value,
        help_text=_("A page that not everybody may read is served by the application alone."),
    )
    # Hashed as Django hashes passwords.
    password = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        default="",
        db_default="",
        help_text=_("Such as #1f5fbf."),
    )
    logo = models.BinaryField(null=True, editable=False)
    favicon = models.BinaryField(null=True, editable=False)
    # Links of the page's own: [{"en": label, "fr": label, "url": address}].
    links = models.JSONField(_("links"), blank=True, default=list, db_default=Value([], models.JSONField()))
    legal_en = models.TextField(
        _("legal text (English)"), max_length=5000, blank=True, default="", db_default=""
    )
    legal_fr = models.TextField(
        _("legal text (French)"), max_length=5000, blank=True, default="", db_default=""
    )
    sender = models.CharField(
        _("sender of mail"),
        max_length=320,
        blank=True,
        default="",
        db_default="",
        help_text=_("An address, or Name <address>. Empty: the installation’s own."),
    )
    security_contact = models.CharField(
        _("security contact"),
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text=_("Where to report a vulnerability: an address starting with mailto: or https://."),
    )
    # Public halves of the emergency tool's keys: Ed25519 in base64, and an age recipient.
    emergency_key = models.CharField(max_length=44, blank=True, default="", db_default="")
    age_recipient = models.CharField(max_length=100, blank=True, default="", db_default="")
    # Called after each publication, such as a check of healthchecks.io.
    dead_man_url = SecretField(_("dead man’s switch"), blank=True, default="", db_default="")
    demo = models.BooleanField(_("demonstration data"), default=False, editable=False)
    # For drills alone: listed nowhere, told to nobody but the team.
    hidden = models.BooleanField(default=False, db_default=False, editable=False)
    # How long notices wait after a post, so that it can be undone.
    hold = models.PositiveSmallIntegerField(
        _("seconds in which a post can be undone"),
        default=20,
        db_default=20,
        validators=[MaxValueValidator(300)],
    )
    weight_major = models.DecimalField(
        _("weight of a major outage"), max_digits=4, decimal_places=3, default=Decimal(1)
    )
    weight_partial = models.DecimalField(
        _("weight of a partial outage"), max_digits=4, decimal_places=3, default=Decimal("0.3")
    )
    weight_degraded = models.DecimalField(
        _("weight of degraded performance"), max_digits=4, decimal_places=3, default=Decimal(0)
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # Last change of the page's own settings: everything published is rendered anew.
    updated_at = models.DateTimeField(auto_now=True)
    # Last change of anything the page shows, strictly growing: publishing compares it with what
    # the last release saw.
    touched_at = models.DateTimeField(default=EPOCH, editable=False)

    # The default: no list, form or command offers the hidden page. `every` is for what is given a page.
    objects = ShownPages()
    every = models.Manager["Page"]()

    class Meta:
        ordering = ["id"]
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    def __str__(self) -> str:
        return self.name

    @property
    def private(self) -> bool:
        """Whether it is served by the application alone."""
        return self.access != Access.PUBLIC


class Essentials(models.Model):
    """The one row of degraded mode: since when everything but posting, publishing and telling rests."""

    since = models.DateTimeField(null=True)
    by = models.CharField(max_length=150, blank=True, default="")

    def __str__(self) -> str:
        return str(self.since or "")


class Group(models.Model):
    """Components that belong together on the page."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="groups", verbose_name=_("page"))
    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    name_en = models.CharField(_("name (English)"), max_length=100)
    name_fr = models.CharField(_("name (French)"), max_length=100, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("group")
        verbose_name_plural = _("groups")

    def __str__(self) -> str:
        return localized(self.name_en, self.name_fr)


class Component(models.Model):
    """A part of the product that customers know by name."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="components", verbose_name=_("page"))
    group = models.ForeignKey(
        Group, models.SET_NULL, null=True, blank=True, related_name="components", verbose_name=_("group")
    )
    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    slug = models.SlugField(_("short name in addresses"), max_length=60)
    name_en = models.CharField(_("name (English)"), max_length=100)
    name_fr = models.CharField(_("name (French)"), max_length=100, blank=True)
    description_en = models.CharField(_("description (English)"), max_length=500, blank=True)
    description_fr = models.CharField(_("description (French)"), max_length=500, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    visible = models.BooleanField(_("visible"), default=True)
    tags = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("tags"),
        blank=True,
        default=list,
        db_default=Value([], ArrayField(models.CharField(max_length=40))),
        help_text=_("What a customer may look for: a region, a product, a plan. Separated by commas."),
    )
    only_show_if_degraded = models.BooleanField(_("show only when something is wrong"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("component")
        verbose_name_plural = _("components")
        constraints = [models.UniqueConstraint(fields=["page", "slug"], name="component_slug_once_per_page")]

    def __str__(self) -> str:
        return localized(self.name_en, self.name_fr)


class Span(models.Model):
    """One source's status of one component from–to; an open end is still so.

    `source` is "monitor:<id>", "staff", "incident:<public id>" or "maintenance:<public id>"; the
    database itself refuses two spans of one source at the same time.
    """

    component = models.ForeignKey(Component, models.CASCADE, related_name="spans")
    source = models.CharField(max_length=40)
    status = models.CharField(max_length=24, choices=statuses)
    during = DateTimeRangeField()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_status_at_a_time_per_source",
                expressions=[
                    ("component", RangeOperators.EQUAL),
                    ("source", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(during__isempty=False), name="span_is_not_empty"),
        ]
        indexes = [
            models.Index(fields=["component"], name="span_open", condition=Q(during__upper_inf=True)),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.status} {self.during}"


class Monitor(models.Model):
    """A configured watch of one thing, feeding one or more components."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="monitors", verbose_name=_("page"))
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=kinds)
    config = models.JSONField(default=dict)
    interval = models.PositiveIntegerField(
        _("interval"),
        default=60,
        validators=[MinValueValidator(10), MaxValueValidator(86_400)],
        help_text=_("Seconds between two checks, 10 to 86,400."),
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
    regions = ArrayField(models.CharField(max_length=40), verbose_name=_("regions"), default=default_regions)
    enabled = models.BooleanField(_("enabled"), default=True)
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
        indexes = [models.Index(fields=["due_at"], name="monitor_due", condition=Q(enabled=True))]
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


class RegionVerdict(models.Model):
    """What one region makes of one monitor: the confirmed verdict and the run that may change it.

    `last_slot` is the last slot heard of (EPOCH: none yet); result, reason (a code of
    `monitors.reasons`), status code and duration are what was seen then.
    """

    monitor = models.ForeignKey(Monitor, models.CASCADE, related_name="region_verdicts")
    region = models.CharField(max_length=40)
    last_slot = models.DateTimeField(default=EPOCH)
    verdict = models.CharField(max_length=8, default=state.Verdict.NEW.value)
    since = models.DateTimeField(default=EPOCH)
    # The run of results against the verdict: what they say, since when, how many.
    run_result = models.CharField(max_length=8, blank=True)
    run_since = models.DateTimeField(null=True)
    run_length = models.PositiveIntegerField(default=0)
    result = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    status_code = models.SmallIntegerField(null=True)
    duration_ms = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["monitor", "region"], name="one_verdict_per_region")]

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.region} {self.verdict}"


class Verdict(models.Model):
    """What all regions together make of one monitor since when; no row before they said anything."""

    monitor = models.OneToOneField(Monitor, models.CASCADE, primary_key=True, related_name="verdict")
    verdict = models.CharField(max_length=8, default="unknown")
    since = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.verdict}"


class Observation(models.Model):
    """One result of one region at one slot: narrow, in daily partitions that retention drops whole.

    The table is made by SQL (migration 0002): it has no primary key and no unique index.
    """

    monitor_id = models.IntegerField(primary_key=True)
    slot = models.DateTimeField()
    region = models.CharField(max_length=40)
    result = models.SmallIntegerField()
    status_code = models.SmallIntegerField(null=True)
    duration_ms = models.FloatField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        managed = False
        db_table = "monitors_observation"

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.slot}"
