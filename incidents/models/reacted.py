"""What monitoring does by itself about what fails. Only `watching` writes it; its settings are of staff."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents.models.prepared import Template
from incidents.models.said import Incident
from monitors.models import Component, Monitor, Page, Region, policies


class Autopost(models.Model):
    """How monitoring speaks on one page: with which words, and when it says that all is well again."""

    page = models.OneToOneField(Page, models.CASCADE, related_name="autopost", verbose_name=_("page"))
    # Empty: the words that come with the product.
    begins = models.ForeignKey(
        Template,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("template of what it declares"),
    )
    resolves = models.ForeignKey(
        Template,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("template of what it resolves"),
    )
    quiet = models.PositiveSmallIntegerField(
        _("minutes without a failure until it is over"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
    )

    class Meta:
        ordering = ["page"]
        verbose_name = _("incident by monitoring")
        verbose_name_plural = _("incidents by monitoring")

    def __str__(self) -> str:
        return str(self.page)


class Outbreak(models.Model):
    """Components of one policy that fail together: from the first failure until all are well for a while."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="outbreaks")
    policy = models.CharField(max_length=10, choices=policies)
    # When the first of them failed.
    since = models.DateTimeField()
    # What monitoring declared, and when it last said anything of it.
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, related_name="outbreaks")
    posted_at = models.DateTimeField(null=True)
    # The id of the draft that lies on the desk, as long as nobody touched it; "" for none.
    draft_id = models.CharField(max_length=12, blank=True, default="")
    # A person decided about it: took the draft over, threw it away, undid or resolved the incident.
    decided = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["page"], name="outbreak_open", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.policy} {self.since:%Y-%m-%d %H:%M}"


class Stricken(models.Model):
    """A component of an outbreak; of one that goes on, at most once."""

    outbreak = models.ForeignKey(Outbreak, models.CASCADE, related_name="stricken")
    component = models.ForeignKey(Component, models.CASCADE, related_name="+")
    # When it first failed, and the monitor that all of its failing ones are behind.
    since = models.DateTimeField()
    root = models.ForeignKey(Monitor, models.SET_NULL, null=True, related_name="+")
    over = models.BooleanField(default=False)

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["component"], name="one_outbreak_at_a_time", condition=Q(over=False)
            ),
            models.UniqueConstraint(fields=["outbreak", "component"], name="stricken_once"),
        ]

    def __str__(self) -> str:
        return f"{self.component_id} {self.since:%Y-%m-%d %H:%M}"


class SilenceTold(models.Model):
    """The team was told that a region is silent, since when; without a row it was not, or that it is back."""

    region = models.OneToOneField(Region, models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.region_id} {self.since:%Y-%m-%d %H:%M}"


class DoubtTold(models.Model):
    """The same of a region that doubts its own network."""

    region = models.OneToOneField(Region, models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.region_id} {self.since:%Y-%m-%d %H:%M}"
