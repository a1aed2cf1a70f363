"""Two people at once: whoever comes second sees what the first changed before it is written over.

A form carries what it saw. What its author did not touch follows what the first one said; what both
changed is shown side by side and theirs to decide.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.forms import Form
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents import standing, telling
from incidents.models import IMPACT_LABELS, Incident, Maintenance, Update
from incidents.models import update_statuses as statuses
from incidents.templatetags.console import moment
from incidents.words import PostError
from monitors.labels import STATUS_LABELS
from monitors.models import Component
from monitors.status import Status

FIELD = "seen"
_LABELS = {
    "status": gettext_lazy("Status"),
    "impact": gettext_lazy("Impact"),
    "title_en": gettext_lazy("Title in English"),
    "title_fr": gettext_lazy("Title in French"),
    "scope_en": gettext_lazy("Who is affected, in English"),
    "scope_fr": gettext_lazy("Who is affected, in French"),
    "workaround_en": gettext_lazy("Workaround in English"),
    "workaround_fr": gettext_lazy("Workaround in French"),
    "next_update_at": gettext_lazy("Next update promised"),
    "scheduled_for": gettext_lazy("Planned start"),
    "scheduled_until": gettext_lazy("Planned end"),
}


class ChangedMeanwhile(PostError):
    """Somebody else changed it since this form was shown."""

    def __init__(self) -> None:
        super().__init__("", _("Somebody else changed this at the same moment: send it again to see what."))


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: as the form saw it, as it is now, and as this form would leave it ("" for as it is)."""

    label: str
    before: str
    now: str
    yours: str


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What the first one said and changed."""

    updates: list[Update]
    differences: list[Difference]


def seen(about: Incident | Maintenance) -> str:
    """What a form shown now has seen."""
    return json.dumps(_present(about), sort_keys=True)


def _present(about: Incident | Maintenance) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(about, name) for name in _LABELS if hasattr(about, name)}
    said = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }
    declared = standing.declared(telling.source(about))
    ids = Component.objects.filter(pk__in=declared).values_list("pk", "public_id")
    said["components"] = {public_id: str(declared[pk]) for pk, public_id in ids}
    said["update"] = about.updates.order_by("-pk").values_list("public_id", flat=True).first() or ""
    return said


def found(about: Incident | Maintenance, typed: QueryDict) -> Meanwhile | None:
    """What changed since the form was shown; None for nothing, or for the very update that it posted."""
    before = _read(typed.get(FIELD, ""))
    if before is None or Update.everything.filter(public_id=typed.get("update_id", "")).exists():
        return None
    now = _present(about)
    if now == before:
        return None
    updates = about.updates.select_related("author").prefetch_related("changes__component").order_by("-pk")
    last = Update.everything.filter(public_id=str(before.get("update", ""))).first()
    return Meanwhile(
        list(updates.filter(pk__gt=last.pk) if last else updates[:1]),
        [*_differences(before, now, typed, about.page.time_zone)],
    )


def _read(said: str) -> dict[str, Any] | None:
    """What the browser says that its form had seen, if it is anything like it."""
    try:
        value = json.loads(said)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("components"), dict) else None


def _differences(
    before: dict[str, Any], now: dict[str, Any], typed: QueryDict, zone: str
) -> Iterator[Difference]:
    for name, label in _LABELS.items():
        was, is_ = before.get(name), now.get(name)
        if was != is_:
            yours = typed.get(name)
            touched = yours is not None and not _same(yours, was) and not _same(yours, is_)
            yield Difference(
                str(label),
                _say(name, was, zone),
                _say(name, is_, zone),
                _say(name, yours, zone) if touched else "",
            )
    yield from _of_components(before["components"], now["components"], typed)


def _of_components(before: dict[str, Any], now: dict[str, str], typed: QueryDict) -> Iterator[Difference]:
    changed = [id_ for id_ in {**before, **now} if before.get(id_) != now.get(id_)]
    for component in Component.objects.filter(public_id__in=changed):
        id_ = component.public_id
        yours = typed.get(f"component-{id_}", "")
        touched = bool(yours) and yours != now.get(id_)
        yield Difference(
            str(component),
            _status(before.get(id_)),
            _status(now.get(id_)),
            _status(yours) if touched else "",
        )


def _same(one: Any, other: Any) -> bool:
    return str(one or "").split() == str(other or "").split()


def _say(name: str, value: Any, zone: str) -> str:
    if not isinstance(value, str) or not value:
        return "–"
    if name == "status":
        return str(dict(statuses()).get(value, value))
    if name == "impact":
        return str({each.value: label for each, label in IMPACT_LABELS.items()}.get(value, value))
    if name in ("next_update_at", "scheduled_for", "scheduled_until"):
        return _moment(value, zone)
    return value


def _moment(value: str, zone: str) -> str:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment(at, zone) if at.tzinfo else value.replace("T", " ")


def _status(value: Any) -> str:
    if not value:
        return "–"
    return str(STATUS_LABELS[Status(value)]) if value in set(Status) else str(value)


def follow(form: Form, about: Incident | Maintenance, typed: QueryDict) -> QueryDict:
    """What was typed, having seen what is now: what was not touched is as the first one left it."""
    before, now = _read(typed.get(FIELD, "")) or {}, _present(about)
    data = typed.copy()
    data[FIELD] = seen(about)
    for name, value in now.items():
        if name not in form.fields or not isinstance(value, str) or name not in data:
            continue
        if _same(data[name], before.get(name)):
            data[name] = value
        if form.fields[name].show_hidden_initial:
            data[f"initial-{name}"] = value
    return data
