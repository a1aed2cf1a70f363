import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import monitors.models.choices


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0008_held_updates"),
        ("monitors", "0006_watching"),
    ]

    operations = [
        migrations.AddField(
            model_name="update",
            name="monitoring",
            field=models.BooleanField(
                db_default=False, default=False, editable=False, verbose_name="posted by monitoring"
            ),
        ),
        migrations.AddField(
            model_name="draft",
            name="reasons",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.CreateModel(
            name="SilenceTold",
            fields=[
                (
                    "region",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="monitors.region",
                    ),
                ),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Autopost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "quiet",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="minutes without a failure until it is over",
                    ),
                ),
                (
                    "begins",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.template",
                        verbose_name="template of what it declares",
                    ),
                ),
                (
                    "page",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="autopost",
                        to="monitors.page",
                        verbose_name="page",
                    ),
                ),
                (
                    "resolves",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.template",
                        verbose_name="template of what it resolves",
                    ),
                ),
            ],
            options={
                "verbose_name": "incident by monitoring",
                "verbose_name_plural": "incidents by monitoring",
                "ordering": ["page"],
            },
        ),
        migrations.CreateModel(
            name="Outbreak",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("policy", models.CharField(choices=monitors.models.choices.policies, max_length=10)),
                ("since", models.DateTimeField()),
                ("posted_at", models.DateTimeField(null=True)),
                ("draft_id", models.CharField(blank=True, default="", max_length=12)),
                ("decided", models.BooleanField(default=False)),
                ("ended_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="outbreaks",
                        to="incidents.incident",
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outbreaks",
                        to="monitors.page",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)), fields=["page"], name="outbreak_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stricken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField()),
                ("over", models.BooleanField(default=False)),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="monitors.component"
                    ),
                ),
                (
                    "outbreak",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stricken",
                        to="incidents.outbreak",
                    ),
                ),
                (
                    "root",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="monitors.monitor",
                    ),
                ),
            ],
            options={
                "ordering": ["since", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("over", False)),
                        fields=("component",),
                        name="one_outbreak_at_a_time",
                    ),
                    models.UniqueConstraint(fields=("outbreak", "component"), name="stricken_once"),
                ],
            },
        ),
    ]
