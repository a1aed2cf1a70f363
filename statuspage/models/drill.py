"""Drills: a whole outage on a hidden page, through everything that a real one goes through."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitors.models import Page


class Drill(models.Model):
    """One drill and when each of its steps was reached; a step that is missing was not reached."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="drills")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # When what is watched was broken.
    started_at = models.DateTimeField(_("started"))
    detected_at = models.DateTimeField(_("detected"), null=True)
    posted_at = models.DateTimeField(_("posted"), null=True)
    public_at = models.DateTimeField(_("public"), null=True)
    noticed_at = models.DateTimeField(_("first notice"), null=True)
    recovered_at = models.DateTimeField(_("recovered"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # Why it did not come to its end; a message id.
    failure = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = _("drill")
        verbose_name_plural = _("drills")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
