"""Closed months frozen, corrections of uptime, and their public ledger: tables that no earlier version knows."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import monitors.models.choices


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0006_watching"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("start", models.DateTimeField(verbose_name="from")),
                ("end", models.DateTimeField(verbose_name="until")),
                (
                    "status",
                    models.CharField(
                        blank=True,
                        choices=monitors.models.choices.statuses,
                        max_length=24,
                        verbose_name="status",
                    ),
                ),
                (
                    "reason_en",
                    models.CharField(blank=True, max_length=500, verbose_name="public reason (English)"),
                ),
                (
                    "reason_fr",
                    models.CharField(blank=True, max_length=500, verbose_name="public reason (French)"),
                ),
                ("made_at", models.DateTimeField(verbose_name="made at")),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="corrections",
                        to="monitors.component",
                        verbose_name="component",
                    ),
                ),
                (
                    "takes_back",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="taken_back",
                        to="monitors.correction",
                        verbose_name="takes back",
                    ),
                ),
            ],
            options={
                "verbose_name": "correction of uptime",
                "verbose_name_plural": "corrections of uptime",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="CorrectionEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("figure", models.CharField(max_length=7)),
                ("before", models.IntegerField(null=True)),
                ("after", models.IntegerField(null=True)),
                ("coverage_before", models.IntegerField()),
                ("coverage_after", models.IntegerField()),
                (
                    "correction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="monitors.correction",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("correction", "figure"), name="one_entry_per_corrected_figure"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FrozenMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("month", models.DateField()),
                ("time_zone", models.CharField(max_length=64)),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField()),
                ("base", models.JSONField()),
                ("intervals", models.JSONField()),
                ("spent", models.JSONField()),
                ("weight_major", models.DecimalField(decimal_places=3, max_digits=4)),
                ("weight_partial", models.DecimalField(decimal_places=3, max_digits=4)),
                ("weight_degraded", models.DecimalField(decimal_places=3, max_digits=4)),
                ("target_millis", models.IntegerField(null=True)),
                ("uptime_millis", models.IntegerField(null=True)),
                ("coverage_millis", models.IntegerField()),
                ("frozen_at", models.DateTimeField()),
                ("sequence", models.PositiveIntegerField(default=1)),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="frozen_months",
                        to="monitors.component",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("component", "month"), name="a_month_is_frozen_once")
                ],
            },
        ),
    ]
