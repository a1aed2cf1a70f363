import datetime

import django.db.models.deletion
from django.db import migrations, models

import monitors.models
import statuspage.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("monitors", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Target",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "kind",
                    models.CharField(
                        choices=statuspage.models.target_kinds, max_length=20, verbose_name="kind"
                    ),
                ),
                ("config", models.JSONField(default=dict, verbose_name="configuration")),
                ("enabled", models.BooleanField(default=True, verbose_name="enabled")),
                (
                    "sequence",
                    models.BigIntegerField(default=0, editable=False, verbose_name="published release"),
                ),
                ("published_at", models.DateTimeField(editable=False, null=True, verbose_name="published")),
                (
                    "failures",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="failures in a row"),
                ),
                (
                    "error",
                    models.CharField(
                        blank=True, default="", editable=False, max_length=500, verbose_name="last error"
                    ),
                ),
                (
                    "retry_at",
                    models.DateTimeField(
                        default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC),
                        editable=False,
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="targets",
                        to="monitors.page",
                        verbose_name="page",
                    ),
                ),
            ],
            options={
                "verbose_name": "target",
                "verbose_name_plural": "targets",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="File",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(max_length=300)),
                ("content", models.BinaryField()),
                ("since", models.BigIntegerField()),
                ("until", models.BigIntegerField(null=True)),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="monitors.page"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["page", "since"], name="file_since"),
                    models.Index(fields=["page", "until"], name="file_until"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)), fields=("page", "path"), name="one_current_file"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sequence", models.BigIntegerField()),
                ("generated_at", models.DateTimeField(null=True)),
                ("touched_at", models.DateTimeField(default=monitors.models.EPOCH)),
                ("renderer", models.CharField(blank=True, default="", max_length=64)),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="releases",
                        to="monitors.page",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("page", "sequence"), name="one_release_per_sequence")
                ],
            },
        ),
    ]
