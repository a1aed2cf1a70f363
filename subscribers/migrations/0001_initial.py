import datetime

import django.db.models.deletion
from django.db import migrations, models

import monitors.fields
import monitors.ids
import subscribers.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("monitors", "0002_observation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("key", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("since", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
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
                ("event", models.CharField(max_length=40, verbose_name="event")),
                ("subject", models.CharField(max_length=40, verbose_name="about")),
                ("payload", models.JSONField()),
                ("created_at", models.DateTimeField()),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="monitors.page",
                        verbose_name="page",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Subscriber",
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
                (
                    "channel",
                    models.CharField(
                        choices=subscribers.models.channels, max_length=20, verbose_name="channel"
                    ),
                ),
                ("address", models.CharField(max_length=2000, verbose_name="address")),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("fr", "French")],
                        default="en",
                        max_length=8,
                        verbose_name="language",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "waiting for confirmation"),
                            ("active", "active"),
                            ("unsubscribed", "unsubscribed"),
                            ("disabled", "disabled after failures"),
                        ],
                        default="pending",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("everything", models.BooleanField(default=True, verbose_name="all components")),
                ("secret", monitors.fields.SecretField(blank=True, default="", editable=False)),
                ("created_at", models.DateTimeField()),
                (
                    "asked_at",
                    models.DateTimeField(
                        default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC),
                        editable=False,
                    ),
                ),
                ("confirmed_at", models.DateTimeField(editable=False, null=True, verbose_name="confirmed")),
                ("ended_at", models.DateTimeField(editable=False, null=True)),
                (
                    "components",
                    models.ManyToManyField(
                        blank=True,
                        related_name="subscribers",
                        to="monitors.component",
                        verbose_name="components",
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscribers",
                        to="monitors.page",
                        verbose_name="page",
                    ),
                ),
            ],
            options={
                "verbose_name": "subscriber",
                "verbose_name_plural": "subscribers",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=subscribers.models.channels, max_length=20, verbose_name="channel"
                    ),
                ),
                ("subject", models.CharField(max_length=40, verbose_name="about")),
                (
                    "priority",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Person Waits"), (5, "Notice"), (9, "Suspect")], default=5
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "waiting"),
                            ("sent", "sent"),
                            ("dead", "failed"),
                            ("cancelled", "cancelled"),
                        ],
                        default="pending",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="due")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("taken", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("lease", models.CharField(blank=True, default="", editable=False, max_length=32)),
                (
                    "error",
                    models.CharField(blank=True, default="", max_length=500, verbose_name="last error"),
                ),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                (
                    "notice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="subscribers.notice",
                        verbose_name="notice",
                    ),
                ),
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="subscribers.subscriber",
                        verbose_name="subscriber",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "ordering": ["-id"],
            },
        ),
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(
                condition=models.Q(("state", "active")), fields=["page"], name="subscriber_active"
            ),
        ),
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["asked_at"], name="subscriber_pending"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscriber",
            constraint=models.UniqueConstraint(
                fields=("page", "channel", "address"), name="one_subscriber_per_address"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "pending")),
                fields=["channel", "priority", "due_at", "id"],
                name="delivery_due",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "pending")),
                fields=["subject", "subscriber", "id"],
                name="delivery_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(condition=models.Q(("state", "dead")), fields=["id"], name="delivery_dead"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("notice", "subscriber"), name="one_delivery_per_subscriber"
            ),
        ),
    ]
