import datetime
from decimal import Decimal

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import monitors.ids
import monitors.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        BtreeGistExtension(),
        migrations.CreateModel(
            name="Observation",
            fields=[
                ("monitor_id", models.IntegerField(primary_key=True, serialize=False)),
                ("slot", models.DateTimeField()),
                ("region", models.CharField(max_length=40)),
                ("result", models.SmallIntegerField()),
                ("status_code", models.SmallIntegerField(null=True)),
                ("duration_ms", models.FloatField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "db_table": "monitors_observation",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Component",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=monitors.ids.public_id, editable=False, max_length=12, unique=True
                    ),
                ),
                ("slug", models.SlugField(max_length=60, verbose_name="short name in addresses")),
                ("name_en", models.CharField(max_length=100, verbose_name="name (English)")),
                ("name_fr", models.CharField(blank=True, max_length=100, verbose_name="name (French)")),
                (
                    "description_en",
                    models.CharField(blank=True, max_length=500, verbose_name="description (English)"),
                ),
                (
                    "description_fr",
                    models.CharField(blank=True, max_length=500, verbose_name="description (French)"),
                ),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("visible", models.BooleanField(default=True, verbose_name="visible")),
                (
                    "only_show_if_degraded",
                    models.BooleanField(default=False, verbose_name="show only when something is wrong"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "component",
                "verbose_name_plural": "components",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=monitors.ids.public_id, editable=False, max_length=12, unique=True
                    ),
                ),
                ("name_en", models.CharField(max_length=100, verbose_name="name (English)")),
                ("name_fr", models.CharField(blank=True, max_length=100, verbose_name="name (French)")),
                ("position", models.PositiveIntegerField(default=0, verbose_name="position")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "group",
                "verbose_name_plural": "groups",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Monitor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("kind", models.CharField(choices=monitors.models.kinds, max_length=20, verbose_name="kind")),
                ("config", models.JSONField(default=dict)),
                (
                    "interval",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="Seconds between two checks, 10 to 86,400.",
                        validators=[
                            django.core.validators.MinValueValidator(10),
                            django.core.validators.MaxValueValidator(86400),
                        ],
                        verbose_name="interval",
                    ),
                ),
                (
                    "timeout",
                    models.PositiveIntegerField(
                        default=10,
                        help_text="Seconds for the whole check, 1 to 60, not more than the interval.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="timeout",
                    ),
                ),
                (
                    "confirm_down",
                    models.PositiveIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="failures until down",
                    ),
                ),
                (
                    "confirm_up",
                    models.PositiveIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="successes until up",
                    ),
                ),
                (
                    "regions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=monitors.models.default_regions,
                        size=None,
                        verbose_name="regions",
                    ),
                ),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
                (
                    "due_at",
                    models.DateTimeField(
                        default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC),
                        editable=False,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "monitor",
                "verbose_name_plural": "monitors",
                "ordering": ["name", "id"],
            },
        ),
        migrations.CreateModel(
            name="Page",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=monitors.ids.public_id, editable=False, max_length=12, unique=True
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "domain",
                    models.CharField(
                        help_text="The host this page is served under, such as status.example.com.",
                        max_length=253,
                        unique=True,
                        verbose_name="domain",
                    ),
                ),
                (
                    "url",
                    models.URLField(
                        help_text="Where customers read the page, without a slash at the end.",
                        max_length=500,
                        verbose_name="public address",
                    ),
                ),
                ("time_zone", models.CharField(default="Etc/UTC", max_length=64, verbose_name="time zone")),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("en", "English"), ("fr", "French")], max_length=8
                        ),
                        default=monitors.models.both_languages,
                        size=None,
                        verbose_name="languages",
                    ),
                ),
                (
                    "default_language",
                    models.CharField(
                        choices=[("en", "English"), ("fr", "French")],
                        default="en",
                        max_length=8,
                        verbose_name="default language",
                    ),
                ),
                ("support_url", models.URLField(blank=True, max_length=500, verbose_name="support address")),
                (
                    "demo",
                    models.BooleanField(default=False, editable=False, verbose_name="demonstration data"),
                ),
                (
                    "weight_major",
                    models.DecimalField(
                        decimal_places=3,
                        default=Decimal("1"),
                        max_digits=4,
                        verbose_name="weight of a major outage",
                    ),
                ),
                (
                    "weight_partial",
                    models.DecimalField(
                        decimal_places=3,
                        default=Decimal("0.3"),
                        max_digits=4,
                        verbose_name="weight of a partial outage",
                    ),
                ),
                (
                    "weight_degraded",
                    models.DecimalField(
                        decimal_places=3,
                        default=Decimal("0"),
                        max_digits=4,
                        verbose_name="weight of degraded performance",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "touched_at",
                    models.DateTimeField(
                        default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC),
                        editable=False,
                    ),
                ),
            ],
            options={
                "verbose_name": "page",
                "verbose_name_plural": "pages",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "impact",
                    models.CharField(
                        choices=monitors.models.impacts,
                        default="major_outage",
                        max_length=24,
                        verbose_name="impact when down",
                    ),
                ),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="feeds",
                        to="monitors.component",
                        verbose_name="component",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="component",
            name="group",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="components",
                to="monitors.group",
                verbose_name="group",
            ),
        ),
        migrations.CreateModel(
            name="Verdict",
            fields=[
                (
                    "monitor",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="verdict",
                        serialize=False,
                        to="monitors.monitor",
                    ),
                ),
                ("verdict", models.CharField(default="unknown", max_length=8)),
                ("since", models.DateTimeField()),
                ("reason", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.AddField(
            model_name="monitor",
            name="components",
            field=models.ManyToManyField(
                related_name="monitors", through="monitors.Feed", to="monitors.component"
            ),
        ),
        migrations.AddField(
            model_name="feed",
            name="monitor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="feeds", to="monitors.monitor"
            ),
        ),
        migrations.AddField(
            model_name="monitor",
            name="page",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="monitors",
                to="monitors.page",
                verbose_name="page",
            ),
        ),
        migrations.AddField(
            model_name="group",
            name="page",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="groups",
                to="monitors.page",
                verbose_name="page",
            ),
        ),
        migrations.AddField(
            model_name="component",
            name="page",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="components",
                to="monitors.page",
                verbose_name="page",
            ),
        ),
        migrations.CreateModel(
            name="RegionVerdict",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("region", models.CharField(max_length=40)),
                (
                    "last_slot",
                    models.DateTimeField(default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                ),
                ("verdict", models.CharField(default="unknown", max_length=8)),
                (
                    "since",
                    models.DateTimeField(default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                ),
                ("run_result", models.CharField(blank=True, max_length=8)),
                ("run_since", models.DateTimeField(null=True)),
                ("run_length", models.PositiveIntegerField(default=0)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("duration_ms", models.FloatField(null=True)),
                (
                    "monitor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="region_verdicts",
                        to="monitors.monitor",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Span",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                ("status", models.CharField(choices=monitors.models.statuses, max_length=24)),
                ("during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="spans",
                        to="monitors.component",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="feed",
            constraint=models.UniqueConstraint(
                fields=("monitor", "component"), name="one_feed_per_component"
            ),
        ),
        migrations.AddIndex(
            model_name="monitor",
            index=models.Index(condition=models.Q(("enabled", True)), fields=["due_at"], name="monitor_due"),
        ),
        migrations.AddConstraint(
            model_name="monitor",
            constraint=models.CheckConstraint(
                condition=models.Q(("timeout__lte", models.F("interval"))), name="timeout_within_interval"
            ),
        ),
        migrations.AddConstraint(
            model_name="component",
            constraint=models.UniqueConstraint(fields=("page", "slug"), name="component_slug_once_per_page"),
        ),
        migrations.AddConstraint(
            model_name="regionverdict",
            constraint=models.UniqueConstraint(fields=("monitor", "region"), name="one_verdict_per_region"),
        ),
        migrations.AddIndex(
            model_name="span",
            index=models.Index(
                condition=models.Q(("during__upper_inf", True)), fields=["component"], name="span_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="span",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("component", "="), ("source", "="), ("during", "&&")],
                name="one_status_at_a_time_per_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="span",
            constraint=models.CheckConstraint(
                condition=models.Q(("during__isempty", False)), name="span_is_not_empty"
            ),
        ),
    ]
