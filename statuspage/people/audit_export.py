"""The audit log as a file: CSV that no spreadsheet runs, or JSON. Read some at a time, however long it is."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

from django.db.models import QuerySet

from monitors import sheets
from statuspage.models import AuditEntry

COLUMNS = ("at", "actor", "actor_id", "origin", "action", "thing", "key", "label", "before", "after")
_AT_ONCE = 1_000


def as_csv(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    """One line for each entry; what changed is JSON in two cells."""
    # Excel takes it for UTF-8 then.
    yield "\ufeff"
    yield from sheets.written([COLUMNS])
    yield from sheets.written([_text(row[name]) for name in COLUMNS] for row in _rows(entries))


def as_json(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    """One array of objects, one on a line."""
    before = "[\n"
    for row in _rows(entries):
        yield before + json.dumps(row, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


FORMATS: dict[str, tuple[str, Callable[[QuerySet[AuditEntry]], Iterator[str]]]] = {
    "csv": ("text/csv", as_csv),
    "json": ("application/json", as_json),
}


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[dict[str, Any]]:
    for row in entries.order_by("-at", "-id").values(*COLUMNS).iterator(chunk_size=_AT_ONCE):
        yield {**row, "at": row["at"].astimezone(UTC).isoformat(timespec="milliseconds")}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
