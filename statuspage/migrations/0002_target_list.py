from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("statuspage", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="target",
            name="listed_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="subscriber list written"),
        ),
        migrations.AddField(
            model_name="target",
            name="listed",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="target",
            name="list_error",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                max_length=500,
                verbose_name="last error of the subscriber list",
            ),
        ),
    ]
