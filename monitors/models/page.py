"""One public page with its own domain, languages, weights and looks; and the one row of degraded mode."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from monitors.fields import SecretField
from monitors.ids import public_id
from monitors.models.choices import EPOCH, LANGUAGES, both_languages


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
