from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Nobody who signs up waits for it.
    atomic = False

    dependencies = [
        ("subscribers", "0005_deliveries_by_the_hundred_thousand"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="subscriber",
            index=models.Index(
                fields=["address"], name="subscriber_address", opclasses=["varchar_pattern_ops"]
            ),
        ),
    ]
