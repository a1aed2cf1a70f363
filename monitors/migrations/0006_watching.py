"""More kinds of probe, regions, degraded verdicts, evidence; observations in 52 bytes.

Safe while the version before serves: every new column has a default in the database, and the columns that
it writes itself stay. Its table of observations stays with what
it wrote, until a later version drops it.
"""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import monitors.fields
import monitors.models

TABLE = """
CREATE TABLE monitors_observed (
    slot timestamptz NOT NULL,
    phases bigint NOT NULL,
    monitor_id integer NOT NULL,
    seen integer NOT NULL
) PARTITION BY RANGE (slot);
CREATE INDEX monitors_observed_slot ON monitors_observed USING brin (slot);
"""
DEFAULTS = """
ALTER TABLE monitors_regionverdict
    ALTER COLUMN run_result SET DEFAULT '', ALTER COLUMN run_length SET DEFAULT 0;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0005_pages_for_drills_and_degraded_mode"),
    ]

    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=40)),
                ("slot", models.DateTimeField()),
                ("outcome", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Ping",
            fields=[
                (
                    "monitor",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="ping",
                        serialize=False,
                        to="monitors.monitor",
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended", models.CharField(blank=True, max_length=8)),
                ("exit_code", models.SmallIntegerField(null=True)),
                ("excerpt", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="Region",
            fields=[
                ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="name")),
                (
                    "recipient",
                    models.CharField(
                        blank=True,
                        help_text="What manage.py region_key printed on its worker: age1…",
                        max_length=100,
                        verbose_name="public key",
                    ),
                ),
                ("heard_at", models.DateTimeField(editable=False, null=True)),
                ("silent_since", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "region",
                "verbose_name_plural": "regions",
                "ordering": ["name"],
            },
        ),
        migrations.RunSQL(TABLE, "DROP TABLE monitors_observed"),
        migrations.RunSQL(DEFAULTS, migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField("regionverdict", "run_length"),
                migrations.RemoveField("regionverdict", "run_result"),
                migrations.RemoveField("regionverdict", "run_since"),
            ]
        ),
        migrations.AddField(
            model_name="component",
            name="policy",
            field=models.CharField(
                choices=monitors.models.policies,
                db_default="observe",
                default="observe",
                max_length=10,
                verbose_name="when monitoring finds it failing",
            ),
        ),
        migrations.AddField(
            model_name="component",
            name="sla_target",
            field=models.DecimalField(
                blank=True,
                decimal_places=3,
                help_text="In percent of a calendar month, such as 99.9. Empty: nothing is promised.",
                max_digits=6,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(100),
                ],
                verbose_name="promised uptime",
            ),
        ),
        migrations.AddField(
            model_name="monitor",
            name="behind",
            field=models.ForeignKey(
                blank=True,
                help_text="While that one is down, this one is unknown instead of down.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="dependents",
                to="monitors.monitor",
                verbose_name="behind",
            ),
        ),
        migrations.AddField(
            model_name="monitor",
            name="pause_reason",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=300, verbose_name="why it is paused"
            ),
        ),
        migrations.AddField(
            model_name="monitor",
            name="paused_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="paused until"),
        ),
        migrations.AddField(
            model_name="monitor",
            name="ping_id",
            field=models.UUIDField(editable=False, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="monitor",
            name="recheck",
            field=models.PositiveIntegerField(
                db_default=10,
                default=10,
                help_text="Seconds until a result that says something new is checked again.",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(3600),
                ],
                verbose_name="look again after",
            ),
        ),
        migrations.AddField(
            model_name="monitor",
            name="secrets",
            field=monitors.fields.SecretField(blank=True, db_default="", default="", editable=False),
        ),
        migrations.AddField(
            model_name="monitor",
            name="tags",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                blank=True,
                db_default=models.Value(
                    [],
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None
                    ),
                ),
                default=list,
                size=None,
                verbose_name="tags",
            ),
        ),
        migrations.AddField(
            model_name="regionverdict",
            name="phases",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.FloatField(), null=True, size=None
            ),
        ),
        migrations.AddField(
            model_name="regionverdict",
            name="run",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="verdict",
            name="root",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="monitors.monitor",
            ),
        ),
        migrations.AlterField(
            model_name="monitor",
            name="interval",
            field=models.PositiveIntegerField(
                default=60,
                help_text="Seconds between two checks, 1 to 86,400.",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(86400),
                ],
                verbose_name="interval",
            ),
        ),
        migrations.AlterModelTable(
            name="observation",
            table="monitors_observed",
        ),
        migrations.AddField(
            model_name="evidence",
            name="monitor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="evidence", to="monitors.monitor"
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["monitor", "-slot"], name="evidence_newest"),
        ),
    ]
