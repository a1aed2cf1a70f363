import datetime

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0004_branding_access_and_tags"),
        ("statuspage", "0002_target_list"),
    ]

    operations = [
        migrations.CreateModel(
            name="Publishing",
            fields=[
                (
                    "page",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="publishing",
                        serialize=False,
                        to="monitors.page",
                    ),
                ),
                ("held", models.BigIntegerField(editable=False, null=True)),
                ("failures", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                (
                    "retry_at",
                    models.DateTimeField(
                        db_default=models.Value(datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                        default=datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.UTC),
                        editable=False,
                    ),
                ),
                ("alive_sequence", models.BigIntegerField(db_default=0, default=0, editable=False)),
                ("alive_at", models.DateTimeField(editable=False, null=True)),
                (
                    "alive_error",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        editable=False,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="target",
            name="agreed",
            field=models.JSONField(
                db_default=models.Value({}, models.JSONField()), default=dict, editable=False
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="alarm",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                editable=False,
                verbose_name="alarm",
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="error_said",
            field=models.JSONField(
                blank=True, db_default=models.Value({}, models.JSONField()), default=dict, editable=False
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="read_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="target",
            name="reads",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="target",
            name="receipt_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="target",
            name="receipt_error",
            field=models.JSONField(
                blank=True, db_default=models.Value({}, models.JSONField()), default=dict, editable=False
            ),
        ),
        migrations.AddField(
            model_name="target",
            name="receipt_sequence",
            field=models.BigIntegerField(db_default=0, default=0, editable=False, verbose_name="receipt"),
        ),
        migrations.AddField(
            model_name="target",
            name="unseen_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="target",
            name="warning",
            field=models.JSONField(
                blank=True,
                db_default=models.Value({}, models.JSONField()),
                default=dict,
                editable=False,
                verbose_name="warning",
            ),
        ),
    ]
