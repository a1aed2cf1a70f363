from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_default_templates")]

    operations = [
        migrations.AddField("series", "due_at", models.DateTimeField(editable=False, null=True)),
    ]
