from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    # Nobody who posts waits for it.
    atomic = False

    dependencies = [
        ("incidents", "0007_series_due"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="update",
            index=models.Index(fields=["held_until"], name="update_held", condition=Q(before__isnull=False)),
        ),
    ]
