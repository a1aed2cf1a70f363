"""The connection: every write statement carries who acts, for the length of its transaction alone."""

from typing import Any

from django.db.backends.postgresql import base

from statuspage.people.acting import sign


class DatabaseWrapper(base.DatabaseWrapper):
    """Postgres as ever."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(sign)
