import django.db.models.deletion
from django.db import migrations, models

import monitors.ids
import monitors.models


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0004_branding_access_and_tags"),
        ("statuspage", "0003_receipts_and_alarms"),
    ]

    operations = [
        migrations.CreateModel(
            name="ComponentTold",
            fields=[
                (
                    "component",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="monitors.component",
                    ),
                ),
                ("status", models.CharField(choices=monitors.models.statuses, max_length=24)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Turn",
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
                ("old_status", models.CharField(choices=monitors.models.statuses, max_length=24)),
                ("new_status", models.CharField(choices=monitors.models.statuses, max_length=24)),
                ("at", models.DateTimeField()),
                ("waits", models.BooleanField(default=True)),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="turns",
                        to="monitors.component",
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="turns", to="monitors.page"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["page", "-at"], name="turn_recent"),
                    models.Index(condition=models.Q(("waits", True)), fields=["page"], name="turn_waiting"),
                ],
            },
        ),
    ]
