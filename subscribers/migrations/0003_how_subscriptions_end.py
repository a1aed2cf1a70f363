import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0002_telling_people"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscriber",
            name="ended_why",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=500),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="returned_on",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.DateField(),
                blank=True,
                db_default=models.Value(
                    [], django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), size=None)
                ),
                default=list,
                editable=False,
                size=None,
            ),
        ),
    ]
