"""The snapshot as a JSON document and back: what `/status.json` holds. Pure, without Django.

What is read may be anybody's: whatever it says, it becomes a snapshot that can be worked with, or is refused.
"""

import dataclasses
import re
import types
import typing
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from statuspage.snapshot import VERSION, IncidentState, Snapshot, UpdateState

# What stands in the paths of files.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
# What older releases of this version do not say yet.
_ADDED = {
    (IncidentState, "workaround"),
    (IncidentState, "scope"),
    (UpdateState, "edited_at"),
    (Snapshot, "turns"),
    (Snapshot, "withdrawn"),
}


def as_json(value: Any) -> Any:
    """The snapshot (or a part of it) as JSON values; times as ISO 8601 with a Z."""
    if dataclasses.is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [as_json(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _read(kind: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _read(arguments[0], value)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_read(arguments[0], item) for item in value)
        return tuple(_read(part, item) for part, item in zip(arguments, value, strict=True))
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        names = [field.name for field in dataclasses.fields(kind)]
        said = [name for name in names if name in value or (kind, name) not in _ADDED]
        return typing.cast(Any, kind)(**{name: _read(hints[name], value[name]) for name in said})
    if kind is datetime:
        return _time(value)
    if kind is date:
        return date.fromisoformat(value)
    if kind in (str, int, bool) and type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return kind(value)


def _time(value: str) -> datetime:
    time = datetime.fromisoformat(value)
    # At the ends of the calendar no other zone can tell it any more.
    if time.tzinfo is None or not 1970 <= time.year < 9999:
        raise ValueError(f"{value!r} is no time of a page")
    return time


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ImportError) as error:
        raise ValueError(f"{name!r} is no time zone") from error


def _check_names(snapshot: Snapshot) -> None:
    names = [name for each in snapshot.components for name in (each.id, each.slug)]
    names += [each.id for each in snapshot.incidents] + [each.id for each in snapshot.maintenances]
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a file")


def snapshot_from(document: dict[str, Any]) -> Snapshot:
    """The snapshot that `as_json` made `document` of.

    Raises KeyError, ValueError or TypeError for another version or a damaged document.
    """
    if document.get("version") != VERSION:
        raise ValueError(f"status document of version {document.get('version')!r}, not {VERSION}")
    snapshot: Snapshot = _read(Snapshot, document)
    _check_zone(snapshot.page.time_zone)
    _check_names(snapshot)
    return snapshot
