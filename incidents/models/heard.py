"""What visitors report. Never public by itself."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from monitors.ids import public_id
from monitors.models import LANGUAGES, Component, Page


class Report(models.Model):
    """A visitor says that something does not work."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="reports", verbose_name=_("page"))
    public_id = models.CharField(max_length=12, unique=True, default=public_id, editable=False)
    # Empty: none of those offered.
    component = models.ForeignKey(
        Component, models.SET_NULL, null=True, blank=True, related_name="reports", verbose_name=_("component")
    )
    text = models.CharField(_("what they see"), max_length=2_000, blank=True)
    # Where they want to be asked or answered; forgotten with the report.
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGES, default="en")
    read_at = models.DateTimeField(_("read"), null=True, editable=False)
    created_at = models.DateTimeField(_("received"))

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("visitor’s report")
        verbose_name_plural = _("visitors’ reports")
        indexes = [
            models.Index(fields=["page", "-created_at"], name="report_newest"),
            models.Index(fields=["created_at"], name="report_age"),
        ]

    def __str__(self) -> str:
        return self.public_id


class Spike(models.Model):
    """Visitors report more of a component, or (None) of a whole page, than usual. Only `spikes` writes it."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="spikes", verbose_name=_("page"))
    component = models.ForeignKey(
        Component, models.CASCADE, null=True, related_name="spikes", verbose_name=_("component")
    )
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    # Reports in half an hour, at its highest.
    most = models.PositiveIntegerField()

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["page", "component"],
                name="one_open_spike",
                condition=models.Q(until=None),
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.component or self.page} {self.since:%Y-%m-%d %H:%M}"
