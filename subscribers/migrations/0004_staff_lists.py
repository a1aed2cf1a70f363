import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitors", "0004_branding_access_and_tags"),
        ("subscribers", "0003_how_subscriptions_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("content", models.BinaryField()),
                ("proof", models.CharField(max_length=500)),
                ("asks", models.BooleanField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AlterField(
            model_name="delivery",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=[(1, "Person Waits"), (3, "Critical"), (5, "Notice"), (7, "Later"), (9, "Suspect")],
                default=5,
            ),
        ),
        migrations.AddField(
            model_name="importfile",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="importfile",
            name="page",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="monitors.page",
                verbose_name="page",
            ),
        ),
    ]
