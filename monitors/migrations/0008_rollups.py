"""Latency by the hour and by the day, what was counted of checks, and since when a region is quiet."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# Updated every few minutes while an hour or a day goes on: there is room for that on every page.
TABLE = """
CREATE TABLE monitors_latency{unit} (
    start timestamptz NOT NULL,
    monitor_id integer NOT NULL,
    count integer NOT NULL,
    bad integer NOT NULL,
    slowest_ms real NOT NULL,
    region_id smallint NOT NULL,
    histogram integer[] NOT NULL,
    PRIMARY KEY (monitor_id, start, region_id)
) WITH (fillfactor = 70);
CREATE INDEX monitors_latency{unit}_start ON monitors_latency{unit} USING brin (start);
"""


def fields() -> list[tuple[str, models.Field]]:
    return [
        ("monitor_id", models.IntegerField(primary_key=True, serialize=False)),
        ("start", models.DateTimeField()),
        ("region_id", models.SmallIntegerField()),
        ("count", models.IntegerField()),
        ("bad", models.IntegerField()),
        ("slowest_ms", models.FloatField()),
        (
            "histogram",
            django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0007_proof"),
    ]

    operations = [
        migrations.RunSQL(TABLE.format(unit="hour"), "DROP TABLE monitors_latencyhour"),
        migrations.RunSQL(TABLE.format(unit="day"), "DROP TABLE monitors_latencyday"),
        migrations.CreateModel(
            name="LatencyHour",
            fields=fields(),
            options={"db_table": "monitors_latencyhour", "managed": False},
        ),
        migrations.CreateModel(
            name="LatencyDay",
            fields=fields(),
            options={"db_table": "monitors_latencyday", "managed": False},
        ),
        migrations.CreateModel(
            name="Rolled",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="region",
            name="quiet_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "region",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="tally",
                        serialize=False,
                        to="monitors.region",
                    ),
                ),
                ("up", models.BigIntegerField(db_default=0, default=0)),
                ("degraded", models.BigIntegerField(db_default=0, default=0)),
                ("down", models.BigIntegerField(db_default=0, default=0)),
                ("unknown", models.BigIntegerField(db_default=0, default=0)),
                (
                    "lag",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        db_default=models.Value(
                            [],
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), size=None
                            ),
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("lag_sum", models.FloatField(db_default=0, default=0)),
            ],
        ),
    ]
