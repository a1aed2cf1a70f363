from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0002_emergency"),
    ]

    operations = [
        migrations.AddField(
            model_name="incident",
            name="workaround_en",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=2000, verbose_name="workaround (English)"
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="workaround_fr",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=2000, verbose_name="workaround (French)"
            ),
        ),
    ]
