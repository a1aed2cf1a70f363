"""What was last seen of a monitor, and since when its results count."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitors", "0002_observation")]

    operations = [
        migrations.AddField(
            model_name="monitor",
            name="changed_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name="regionverdict",
            name="result",
            field=models.CharField(blank=True, default="", max_length=8),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="regionverdict",
            name="status_code",
            field=models.SmallIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="regionverdict",
            name="verdict",
            field=models.CharField(default="new", max_length=8),
        ),
    ]
