import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0009_watching"),
        ("monitors", "0011_turns_and_doubt"),
    ]

    operations = [
        migrations.CreateModel(
            name="DoubtTold",
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
    ]
