"""Latency by the hour and by the day, and what was counted of checks: written by machines alone.

`rollups` writes the first two and how far they go, `partitions` what comes too late for that, `metrics` the
counts.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value

from monitors.models.choices import EPOCH
from monitors.models.watching import Region


class Latency(models.Model):
    """How long the checks of one monitor took from one region, in the time that begins at `start`.

    `count` are those that said something of the target, `bad` those of them that found it down. `histogram`
    (see `monitors.latency.histogram`) and `slowest_ms` are of the others. The tables are made by SQL
    (migration 0008): their key is monitor, start and region.
    """

    monitor_id = models.IntegerField(primary_key=True)
    start = models.DateTimeField()
    region_id = models.SmallIntegerField()
    count = models.IntegerField()
    bad = models.IntegerField()
    slowest_ms = models.FloatField()
    histogram = ArrayField(models.IntegerField())

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.start}"


class LatencyHour(Latency):
    """An hour of it."""

    class Meta:
        managed = False
        db_table = "monitors_latencyhour"


class LatencyDay(Latency):
    """A day of UTC of it."""

    class Meta:
        managed = False
        db_table = "monitors_latencyday"


class Rolled(models.Model):
    """The one row that says how far those tables go: observations of slots before `added` are in them.

    Those from there to `until` are announced: whoever stores one of them by now, or an earlier one, keeps it
    as a latecomer, too. `turn` counts the announcements.
    """

    until = models.DateTimeField()
    added = models.DateTimeField(default=EPOCH, db_default=EPOCH)
    turn = models.IntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return str(self.until)


class Latecomer(models.Model):
    """An observation that was stored after its slot was announced, until it is added: as in `Observation`."""

    slot = models.DateTimeField()
    phases = models.BigIntegerField()
    monitor_id = models.IntegerField()
    seen = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.monitor_id} {self.slot}"


class Tally(models.Model):
    """What was counted of the checks of one region since it is there; only ever more.

    `lag` counts by `metrics.LAGS` how late results came, `lag_sum` adds that up in seconds.
    """

    region = models.OneToOneField(Region, models.CASCADE, primary_key=True, related_name="tally")
    up = models.BigIntegerField(default=0, db_default=0)
    degraded = models.BigIntegerField(default=0, db_default=0)
    down = models.BigIntegerField(default=0, db_default=0)
    unknown = models.BigIntegerField(default=0, db_default=0)
    lag = ArrayField(
        models.BigIntegerField(), default=list, db_default=Value([], ArrayField(models.BigIntegerField()))
    )
    lag_sum = models.FloatField(default=0, db_default=0)

    def __str__(self) -> str:
        return str(self.region_id)
