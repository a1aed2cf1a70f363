from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_default_templates")]

    operations = [
        # No version that people run reads what is dropped: rows of it came with 0004.
        migrations.RemoveField("series", "made_until"),
        migrations.AddField("series", "due_at", models.DateTimeField(editable=False, null=True)),
    ]
