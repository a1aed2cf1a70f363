import django.contrib.postgres.fields
from django.db import migrations, models

import monitors.fields


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0004_branding_access_and_tags"),
        ("subscribers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Suppression",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(max_length=254, unique=True, verbose_name="address")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("bounced", "does not exist or refuses our mail"),
                            ("complained", "complained"),
                            ("staff", "barred by staff"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                ("detail", models.CharField(blank=True, default="", max_length=500, verbose_name="detail")),
                ("created_at", models.DateTimeField(verbose_name="since")),
            ],
            options={
                "verbose_name": "suppressed address",
                "verbose_name_plural": "suppressed addresses",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("domain", models.CharField(max_length=253, primary_key=True, serialize=False)),
                ("free_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="subscriber",
            name="contact",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=254, verbose_name="contact"
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="format",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=16, verbose_name="format"
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="groups",
            field=models.ManyToManyField(
                blank=True, related_name="subscribers", to="monitors.group", verbose_name="groups"
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="kinds",
            field=models.CharField(
                choices=[
                    ("all", "outages and maintenance"),
                    ("incident", "outages only"),
                    ("maintenance", "maintenance only"),
                ],
                db_default="all",
                default="all",
                max_length=16,
                verbose_name="kinds",
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="previous_secret",
            field=monitors.fields.SecretField(blank=True, db_default="", default="", editable=False),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="previous_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="proof",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=500, verbose_name="proof of consent"
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="subjects",
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
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="time_zone",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=64, verbose_name="time zone"
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "Person Waits"), (3, "Critical"), (5, "Notice"), (9, "Suspect")], default=5
            ),
        ),
        migrations.AlterField(
            model_name="subscriber",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "waiting for confirmation"),
                    ("active", "active"),
                    ("paused", "paused"),
                    ("unsubscribed", "unsubscribed"),
                    ("disabled", "disabled after failures"),
                ],
                default="pending",
                max_length=16,
                verbose_name="state",
            ),
        ),
    ]
