from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0006_subscribers_by_address"),
    ]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="told",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
