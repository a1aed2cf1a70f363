import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import incidents.models
import monitors.ids
import monitors.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("monitors", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Incident",
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
                ("title_en", models.CharField(blank=True, max_length=200, verbose_name="title (English)")),
                ("title_fr", models.CharField(blank=True, max_length=200, verbose_name="title (French)")),
                (
                    "impact",
                    models.CharField(
                        choices=incidents.models.incident_impacts,
                        default="minor",
                        max_length=10,
                        verbose_name="impact",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=incidents.models.incident_statuses, max_length=16, verbose_name="status"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started")),
                (
                    "monitoring_at",
                    models.DateTimeField(editable=False, null=True, verbose_name="monitored since"),
                ),
                ("resolved_at", models.DateTimeField(editable=False, null=True, verbose_name="resolved")),
                (
                    "next_update_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="next update promised by"),
                ),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="incidents",
                        to="monitors.page",
                        verbose_name="page",
                    ),
                ),
            ],
            options={
                "verbose_name": "incident",
                "verbose_name_plural": "incidents",
                "ordering": ["-started_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Maintenance",
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
                ("title_en", models.CharField(blank=True, max_length=200, verbose_name="title (English)")),
                ("title_fr", models.CharField(blank=True, max_length=200, verbose_name="title (French)")),
                (
                    "status",
                    models.CharField(
                        choices=incidents.models.maintenance_statuses, max_length=16, verbose_name="status"
                    ),
                ),
                ("scheduled_for", models.DateTimeField(verbose_name="planned start")),
                ("scheduled_until", models.DateTimeField(verbose_name="planned end")),
                ("started_at", models.DateTimeField(editable=False, null=True, verbose_name="started")),
                ("completed_at", models.DateTimeField(editable=False, null=True, verbose_name="completed")),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "components",
                    models.ManyToManyField(
                        related_name="maintenances", to="monitors.component", verbose_name="components"
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="maintenances",
                        to="monitors.page",
                        verbose_name="page",
                    ),
                ),
            ],
            options={
                "verbose_name": "maintenance",
                "verbose_name_plural": "maintenances",
                "ordering": ["-scheduled_for", "-id"],
            },
        ),
        migrations.CreateModel(
            name="Update",
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
                    "status",
                    models.CharField(
                        choices=incidents.models.update_statuses, max_length=16, verbose_name="status"
                    ),
                ),
                ("body_en", models.TextField(blank=True, max_length=10000, verbose_name="text (English)")),
                ("body_fr", models.TextField(blank=True, max_length=10000, verbose_name="text (French)")),
                ("notify", models.BooleanField(default=True, verbose_name="notify subscribers")),
                ("created_at", models.DateTimeField()),
                ("display_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="updates",
                        to="incidents.incident",
                    ),
                ),
                (
                    "maintenance",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="updates",
                        to="incidents.maintenance",
                    ),
                ),
            ],
            options={
                "verbose_name": "update",
                "verbose_name_plural": "updates",
                "ordering": ["-display_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="ComponentChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("old_status", models.CharField(choices=monitors.models.statuses, max_length=24)),
                (
                    "new_status",
                    models.CharField(choices=monitors.models.statuses, max_length=24, verbose_name="status"),
                ),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="monitors.component",
                        verbose_name="component",
                    ),
                ),
                (
                    "update",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="incidents.update",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("status__in", ["resolved", "postmortem"]), _negated=True),
                fields=["page"],
                name="incident_open",
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["page", "-started_at"], name="incident_history"),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["page", "updated_at"], name="incident_changed"),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(("title_en", ""), ("title_fr", ""), _negated=True),
                name="incident_has_a_title",
            ),
        ),
        migrations.AddIndex(
            model_name="maintenance",
            index=models.Index(
                condition=models.Q(("status__in", ["completed", "cancelled"]), _negated=True),
                fields=["page", "scheduled_for"],
                name="maintenance_open",
            ),
        ),
        migrations.AddIndex(
            model_name="maintenance",
            index=models.Index(fields=["page", "-scheduled_for"], name="maintenance_history"),
        ),
        migrations.AddIndex(
            model_name="maintenance",
            index=models.Index(fields=["page", "updated_at"], name="maintenance_changed"),
        ),
        migrations.AddConstraint(
            model_name="maintenance",
            constraint=models.CheckConstraint(
                condition=models.Q(("title_en", ""), ("title_fr", ""), _negated=True),
                name="maintenance_has_a_title",
            ),
        ),
        migrations.AddConstraint(
            model_name="maintenance",
            constraint=models.CheckConstraint(
                condition=models.Q(("scheduled_until__gt", models.F("scheduled_for"))),
                name="maintenance_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="update",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("incident__isnull", False), ("maintenance__isnull", True)),
                    models.Q(("incident__isnull", True), ("maintenance__isnull", False)),
                    _connector="OR",
                ),
                name="update_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="componentchange",
            constraint=models.UniqueConstraint(
                fields=("update", "component"), name="one_change_per_component"
            ),
        ),
    ]
