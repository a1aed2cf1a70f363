"""What makes uptime provable: closed months as frozen, what staff corrected, and the ledger of it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitors.models.choices import localized, statuses
from monitors.models.parts import Component


class Correction(models.Model):
    """Staff say what a stretch of the past was, or take back (no status) what one of them said of it.

    None is ever changed or deleted. Only `monitors.proving.corrections` makes them.
    """

    component = models.ForeignKey(
        Component, models.CASCADE, related_name="corrections", verbose_name=_("component")
    )
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))
    status = models.CharField(_("status"), max_length=24, choices=statuses, blank=True)
    takes_back = models.OneToOneField(
        "self", models.CASCADE, null=True, related_name="taken_back", verbose_name=_("takes back")
    )
    # Public, unlike the name of who wrote it.
    reason_en = models.CharField(_("public reason (English)"), max_length=500, blank=True)
    reason_fr = models.CharField(_("public reason (French)"), max_length=500, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("correction of uptime")
        verbose_name_plural = _("corrections of uptime")

    def __str__(self) -> str:
        return str(_("Correction %(number)d: %(reason)s")) % {
            "number": self.pk,
            "reason": localized(self.reason_en, self.reason_fr),
        }


class CorrectionEntry(models.Model):
    """One figure that a correction changed, with its digits before and after: the public ledger.

    `figure` is a key of `monitors.proving.proof.WINDOWS` or a month such as "2026-10"; figures are
    thousandths of a percent, None without data.
    """

    correction = models.ForeignKey(Correction, models.CASCADE, related_name="entries")
    figure = models.CharField(max_length=7)
    before = models.IntegerField(null=True)
    after = models.IntegerField(null=True)
    coverage_before = models.IntegerField()
    coverage_after = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["correction", "figure"], name="one_entry_per_corrected_figure")
        ]

    def __str__(self) -> str:
        return f"{self.correction_id} {self.figure}"


class FrozenMonth(models.Model):
    """A closed calendar month of one component, as it was merged and weighed when it was frozen.

    Only a correction changes it. Intervals are [start, end, status, source] with times in ISO 8601 (UTC),
    from when the component was first watched: `base` as frozen, without what staff corrected, `intervals`
    with it. `spent` is microseconds by status.
    """

    component = models.ForeignKey(Component, models.CASCADE, related_name="frozen_months")
    # The first day of the month in `time_zone`; when it began and ended.
    month = models.DateField()
    time_zone = models.CharField(max_length=64)
    start = models.DateTimeField()
    end = models.DateTimeField()
    base = models.JSONField()
    intervals = models.JSONField()
    spent = models.JSONField()
    weight_major = models.DecimalField(max_digits=4, decimal_places=3)
    weight_partial = models.DecimalField(max_digits=4, decimal_places=3)
    weight_degraded = models.DecimalField(max_digits=4, decimal_places=3)
    # What was promised, in thousandths of a percent.
    target_millis = models.IntegerField(null=True)
    uptime_millis = models.IntegerField(null=True)
    coverage_millis = models.IntegerField()
    frozen_at = models.DateTimeField()
    # 1 as frozen, one more with each correction since.
    sequence = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["component", "month"], name="a_month_is_frozen_once")]

    def __str__(self) -> str:
        return f"{self.component_id} {self.month:%Y-%m}"
