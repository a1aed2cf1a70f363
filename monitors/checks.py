"""What the database must be before anything is made in it; `migrate` asks.

The sentence is for whoever starts the application with a database of their own.
"""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

OLDEST_POSTGRES = 15


@register(Tags.database)
def check_databases(databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """Asks each named database for its version."""
    found = []
    for name in databases or ():
        with connections[name].cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
            found += judge(cursor.fetchone()[0])
    return found


def judge(version: int) -> list[CheckMessage]:
    """Nothing for a major version of Postgres that is new enough."""
    if version >= OLDEST_POSTGRES:
        return []
    return [
        Error(
            f"The database is Postgres {version}; {OLDEST_POSTGRES} or newer is needed.", id="monitors.E001"
        )
    ]
