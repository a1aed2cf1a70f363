"""What customers see of the product, and each source's status of it over time, which only `record` writes."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from monitors.ids import public_id
from monitors.models.choices import localized, policies, statuses
from monitors.models.page import Page


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
    policy = models.CharField(
        _("when monitoring finds it failing"),
        max_length=10,
        choices=policies,
        default="observe",
        db_default="observe",
    )
    # What is promised of uptime in a calendar month, in percent.
    sla_target = models.DecimalField(
        _("promised uptime"),
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("In percent of a calendar month, such as 99.9. Empty: nothing is promised."),
    )
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
