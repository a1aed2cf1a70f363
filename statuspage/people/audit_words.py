"""Entries of the audit log in words: fields and rows by the names that people know them under."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import DateTimeField, Field, Model
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.templatetags.console import moment
from monitors import clock
from monitors.models import STATUS_LABELS
from statuspage.models import AuditEntry

ACTIONS = {
    "insert": gettext_lazy("added"),
    "update": gettext_lazy("changed"),
    "delete": gettext_lazy("deleted"),
    "login": gettext_lazy("signed in"),
    "login_failed": gettext_lazy("could not sign in"),
    "act": gettext_lazy("did"),
    "export": gettext_lazy("exported"),
    "forget": gettext_lazy("forgot the oldest entries"),
}
# What others call by words for programmers.
THINGS = {
    "mfa_authenticator": gettext_lazy("second factor"),
    "monitors_essentials": gettext_lazy("degraded mode"),
}
# What stands in no column of the row.
WORDS = {
    "message": gettext_lazy("In words"),
    "by": gettext_lazy("Turned on by"),
    "since": gettext_lazy("On since"),
    "declared": gettext_lazy("Declared with the emergency tool"),
    "declared_at": gettext_lazy("Declared at"),
}
# Characters of a value in a list.
BRIEF = 80


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an entry: what it is called, and both values; None: there was none."""

    name: str
    before: str | None
    after: str | None


def action_of(entry: AuditEntry) -> str:
    """What was done, in a word."""
    return str(ACTIONS.get(entry.action, entry.action))


def models() -> dict[str, type[Model]]:
    """The models by the names of their tables."""
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def thing_of(table: str) -> str:
    """What the rows of a table are called."""
    model = models().get(table)
    if table in THINGS:
        return str(THINGS[table])
    if model is None:
        return table
    if model._meta.auto_created:
        sides = [field.related_model for field in model._meta.local_fields if field.is_relation]
        return " – ".join(str(side._meta.verbose_name) for side in sides if not isinstance(side, str | None))
    return str(model._meta.verbose_name)


def changes_of(entries: Iterable[AuditEntry]) -> dict[int, list[Change]]:
    """The fields of each entry (by its primary key), with rows that are referred to by name: few queries."""
    kept = list(entries)
    tables = models()
    context = Context(_names(kept, tables), clock.zone())
    return {entry.pk: _changes(entry, tables.get(entry.thing), context) for entry in kept}


def brief(changes: Iterable[Change]) -> str:
    """All of it in one line."""
    return " · ".join(_briefly(change) for change in changes)


def _briefly(change: Change) -> str:
    before, after = (None if each is None else _cut(each) for each in (change.before, change.after))
    if before is None or after is None:
        return _("%(field)s: %(value)s") % {"field": change.name, "value": before or after or ""}
    return _("%(field)s: %(before)s → %(after)s") % {
        "field": change.name,
        "before": before or "–",
        "after": after or "–",
    }


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= BRIEF else f"{line[: BRIEF - 1]}…"


Names = Mapping[type[Model], Mapping[Any, str]]


@dataclass(frozen=True, slots=True)
class Context:
    """What values are told with: rows by their names, and the zone of times."""

    names: Names
    zone: str


def _changes(entry: AuditEntry, model: type[Model] | None, context: Context) -> list[Change]:
    before, after = entry.before or {}, entry.after or {}
    found = []
    for column in sorted({*before, *after}):
        field = _field(model, column)
        if field is not None and _says_nothing(field):
            continue
        told = [
            _value(values[column], field, column, context) if column in values else None
            for values in (before, after)
        ]
        found.append(Change(_called(field, column), told[0], told[1]))
    return found


def _says_nothing(field: "Field[Any, Any]") -> bool:
    # Its number, and when it was made: the entry's own time says that.
    return field.primary_key or field.column == "created_at"


def _field(model: type[Model] | None, column: str) -> "Field[Any, Any] | None":
    fields = model._meta.local_concrete_fields if model else ()
    return next((field for field in fields if field.column == column), None)


def _called(field: "Field[Any, Any] | None", column: str) -> str:
    named = field is not None and field.verbose_name != column
    if not named and column in WORDS:
        return str(WORDS[column])
    return capfirst(str(field.verbose_name)) if field else column


def _value(value: Any, field: "Field[Any, Any] | None", column: str, context: Context) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if field is not None and field.is_relation and isinstance(field.related_model, type):
        return context.names.get(field.related_model, {}).get(value, f"#{value}")
    if isinstance(value, str) and (isinstance(field, DateTimeField) or column == "declared_at"):
        return _moment(value, context.zone)
    choices = dict(field.flatchoices) if field is not None else STATUS_LABELS if column == "declared" else {}
    return str(choices.get(value, value))


def _moment(text: str, zone: str) -> str:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    return text if at is None else moment(at, zone)


def _names(entries: list[AuditEntry], tables: Mapping[str, type[Model]]) -> Names:
    """What is referred to and still there, by its name."""
    wanted: dict[type[Model], set[Any]] = defaultdict(set)
    for entry in entries:
        for values in (entry.before or {}, entry.after or {}):
            for column, value in values.items():
                field = _field(tables.get(entry.thing), column)
                if field is not None and isinstance(field.related_model, type) and isinstance(value, int):
                    wanted[field.related_model].add(value)
    return {
        model: {row.pk: str(row) for row in model._default_manager.filter(pk__in=keys)}
        for model, keys in wanted.items()
    }
