from django.db import migrations

from incidents.composing.starters import TEMPLATES


def add(apps, schema_editor):
    """Rows that nobody has: whoever deletes one does not get it back."""
    model = apps.get_model("incidents", "Template")
    model.objects.bulk_create(model(position=number, **values) for number, values in enumerate(TEMPLATES))


class Migration(migrations.Migration):
    dependencies = [("incidents", "0005_spikes")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
