"""What was seen of monitors and what is made of it. Only `record` writes these rows."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from monitors import state
from monitors.models.choices import EPOCH
from monitors.models.watching import Monitor


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
    # The results against the verdict since they last agreed, as `state.Region.run` in JSON; empty for none.
    run = models.TextField(blank=True, default="", db_default="")
    result = models.CharField(max_length=8, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    status_code = models.SmallIntegerField(null=True)
    duration_ms = models.FloatField(null=True)
    # Milliseconds of each phase of the last result, as `probes.base.Phases`.
    phases = ArrayField(models.FloatField(), null=True)

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
    # The monitor that explains why this one is down: it is told as unknown meanwhile.
    root = models.ForeignKey(Monitor, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.verdict}"


class Evidence(models.Model):
    """What a failed check met: kept of the first failure of a run, the last few of each monitor."""

    monitor = models.ForeignKey(Monitor, models.CASCADE, related_name="evidence")
    region = models.CharField(max_length=40)
    slot = models.DateTimeField()
    # As `probes.base.Outcome` in JSON, with the first 10 KB of what came.
    outcome = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["monitor", "-slot"], name="evidence_newest")]

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.slot}"


class Ping(models.Model):
    """What a job that calls us last said (monitors of kind "heartbeat")."""

    monitor = models.OneToOneField(Monitor, models.CASCADE, primary_key=True, related_name="ping")
    # When it last ended, however; when it last began; and how it ended: "success" or "fail".
    ended_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=8, blank=True)
    exit_code = models.SmallIntegerField(null=True)
    excerpt = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.ended}"


class Observation(models.Model):
    """One result of one region at one slot: narrow, in daily partitions that retention drops whole.

    The table is made by SQL (migration 0006): it has no primary key and no unique index. `seen` and
    `phases` are packed by `monitors.narrow`: 52 bytes a row.
    """

    monitor_id = models.IntegerField(primary_key=True)
    slot = models.DateTimeField()
    seen = models.IntegerField()
    phases = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "monitors_observed"

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.slot}"
