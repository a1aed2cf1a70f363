"""Maintenances that come again: the rule, from which each occurrence is scheduled ahead of time."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.models.said import default_reminders
from monitors.models import Component, Page, localized


class Series(models.Model):
    """A recurring maintenance: a rule (RFC 5545, RRULE) from a first start, in its page's time zone.

    Its clock is the page's, so that 02:00 stays 02:00 whatever summer time does.
    """

    page = models.ForeignKey(Page, models.CASCADE, related_name="series", verbose_name=_("page"))
    title_en = models.CharField(_("title (English)"), max_length=200, blank=True)
    title_fr = models.CharField(_("title (French)"), max_length=200, blank=True)
    body_en = models.TextField(_("text (English)"), max_length=10_000, blank=True)
    body_fr = models.TextField(_("text (French)"), max_length=10_000, blank=True)
    components = models.ManyToManyField(Component, related_name="+", verbose_name=_("components"))
    rule = models.CharField(_("rule"), max_length=300)
    first_date = models.DateField(_("first day"))
    start_time = models.TimeField(_("start"))
    minutes = models.PositiveIntegerField(
        _("minutes"), validators=[MinValueValidator(1), MaxValueValidator(7 * 1440)]
    )
    reminders = ArrayField(
        models.PositiveIntegerField(), verbose_name=_("reminders"), blank=True, default=default_reminders
    )
    notify = models.BooleanField(_("notify subscribers"), default=True)
    # How many days before its start an occurrence is announced.
    announced = models.PositiveSmallIntegerField(
        _("announced days ahead"), default=14, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    # The planned start of the last occurrence that was scheduled.
    made_until = models.DateTimeField(null=True, editable=False)
    # When the next occurrence has to be announced; empty: none is to come.
    due_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("recurring maintenance")
        verbose_name_plural = _("recurring maintenances")
        constraints = [
            models.CheckConstraint(condition=~models.Q(title_en="", title_fr=""), name="series_has_a_title"),
        ]

    def __str__(self) -> str:
        return localized(self.title_en, self.title_fr)
