"""Leads those who follow something by its name to what it turned out to be."""

from django.db import connection

_LEAD = """
UPDATE subscribers_subscriber
SET subjects = array_remove(subjects, %(old)s)
    || CASE WHEN %(new)s = ANY(subjects) THEN '{}'::varchar[] ELSE ARRAY[%(new)s]::varchar[] END
WHERE %(old)s = ANY(subjects)
"""


def lead(old: str, new: str) -> int:
    """Whoever follows one subject follows another instead. Returns how many they are."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAD, {"old": old, "new": new})
        return int(cursor.rowcount)
