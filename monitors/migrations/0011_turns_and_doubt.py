"""Latency by turns, regions that doubt their own network, pauses by their end, observations by monitor."""

import datetime

from django.db import migrations, models
from django.db.models import Q

PAUSED = models.Index(fields=["paused_until"], name="monitor_paused", condition=Q(enabled=False))
# First, and anew each time: the one that may be left half-way.
PAUSED_SQL = [
    "DROP INDEX CONCURRENTLY IF EXISTS monitor_paused",
    "CREATE INDEX CONCURRENTLY monitor_paused ON monitors_monitor (paused_until) WHERE NOT enabled",
]
# Which of every 32 pages hold anything of a monitor that is checked seldom, at 1.6 bytes a row.
BY_MONITOR = """
CREATE INDEX IF NOT EXISTS monitors_observed_monitor ON monitors_observed
USING brin (monitor_id int4_bloom_ops(n_distinct_per_range = 5000))
WITH (pages_per_range = 32, autosummarize = on)
"""
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Migration(migrations.Migration):
    # Nobody who records waits for it.
    atomic = False

    dependencies = [
        ("monitors", "0010_spans_by_time"),
    ]

    operations = [
        migrations.RunSQL(
            PAUSED_SQL, PAUSED_SQL[0], state_operations=[migrations.AddIndex("monitor", PAUSED)]
        ),
        migrations.RunSQL(BY_MONITOR, "DROP INDEX monitors_observed_monitor"),
        migrations.CreateModel(
            name="Latecomer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slot", models.DateTimeField()),
                ("phases", models.BigIntegerField()),
                ("monitor_id", models.IntegerField()),
                ("seen", models.IntegerField()),
            ],
        ),
        migrations.AddField("rolled", "added", models.DateTimeField(db_default=EPOCH, default=EPOCH)),
        migrations.AddField("rolled", "turn", models.IntegerField(db_default=0, default=0)),
        # What was rolled before was added at once.
        migrations.RunSQL("UPDATE monitors_rolled SET added = until", migrations.RunSQL.noop),
        migrations.AddField("region", "offline_since", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("region", "offline_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            "region",
            "witnesses",
            models.SmallIntegerField(editable=False, null=True, verbose_name="witnesses"),
        ),
    ]
