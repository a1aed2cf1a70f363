from django.db import migrations


class Migration(migrations.Migration):
    """The table of the cache (settings.CACHES), as createcachetable makes it."""

    dependencies = [
        ("statuspage", "0006_what_documents_name"),
    ]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE statuspage_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamptz NOT NULL
            );
            CREATE INDEX statuspage_cache_expires ON statuspage_cache (expires);
            """,
            "DROP TABLE statuspage_cache",
        ),
    ]
