"""Who acts, as the audit log learns it.

Postgres is told inside the very transaction of a write, and forgets it at its end: nothing is left on a
connection for whoever uses it next.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import transaction

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|MERGE|WITH)\b", re.IGNORECASE)
TELL = """SELECT set_config('statuspage.actor', %s, true), set_config('statuspage.actor_id', %s, true),
    set_config('statuspage.origin', %s, true)"""


@dataclass(frozen=True, slots=True)
class Actor:
    """A name, the account where there is one, and a network address or a command."""

    name: str
    pk: int | None = None
    origin: str = ""


Source = Callable[[], Actor | None]
_source: ContextVar[Source | None] = ContextVar("statuspage.actor", default=None)


def current() -> Actor | None:
    """Who acts now; None: the application by itself, or a visitor."""
    source = _source.get()
    return source() if source else None


@contextmanager
def acting(source: Source) -> Iterator[None]:
    """Until the end of the block, `source` says who acts; it is asked at each write."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def sign(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Wraps each statement of a connection: with a write goes in whose name it is done."""
    connection = context["connection"]
    if _source.get() is None or connection.needs_rollback or not WRITES.match(str(sql)):
        return execute(sql, params, many, context)
    actor = current()
    if actor is None:
        return execute(sql, params, many, context)
    if connection.in_atomic_block:
        _tell(context, actor)
        return execute(sql, params, many, context)
    with transaction.atomic(using=connection.alias):
        _tell(context, actor)
        return execute(sql, params, many, context)


def _tell(context: dict[str, Any], actor: Actor) -> None:
    # On the driver's own cursor: it is no statement of the application's.
    told = [actor.name, "" if actor.pk is None else str(actor.pk), actor.origin]
    with context["connection"].wrap_database_errors:
        context["cursor"].cursor.execute(TELL, told)
