"""Drills: a whole outage on a hidden page, through everything that a real one goes through."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitors.models import Page
from statuspage.models.targets import sentence


class Drill(models.Model):
    """One drill and when each of its steps was reached; a step that is missing was not reached."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="drills")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(_("started"))
    # When what is watched was broken, having been seen in order before.
    broken_at = models.DateTimeField(_("broken"), null=True)
    detected_at = models.DateTimeField(_("detected"), null=True)
    posted_at = models.DateTimeField(_("posted"), null=True)
    public_at = models.DateTimeField(_("public"), null=True)
    noticed_at = models.DateTimeField(_("first notice"), null=True)
    recovered_at = models.DateTimeField(_("recovered"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # The step that it did not come to, "stopped" where somebody ended it; "" of a whole one.
    failure = models.CharField(max_length=300, blank=True, default="")
    # Why, as far as is known.
    why = sentence()

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = _("drill")
        verbose_name_plural = _("drills")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"
