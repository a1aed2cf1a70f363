"""Spans by when they ended, and the first of each component: what every release asks for."""

from django.db import migrations

ENDED = [
    "DROP INDEX CONCURRENTLY IF EXISTS monitors_span_ended",
    """CREATE INDEX CONCURRENTLY monitors_span_ended
    ON monitors_span (coalesce(upper(during), 'infinity'::timestamptz))""",
]
BEGAN = [
    "DROP INDEX CONCURRENTLY IF EXISTS monitors_span_began",
    "CREATE INDEX CONCURRENTLY monitors_span_began ON monitors_span (component_id, lower(during))",
]


class Migration(migrations.Migration):
    # Nobody who records waits for it; what was left half-way is made anew.
    atomic = False

    dependencies = [
        ("monitors", "0008_rollups"),
    ]

    operations = [
        migrations.RunSQL(ENDED, ENDED[0]),
        migrations.RunSQL(BEGAN, BEGAN[0]),
    ]
