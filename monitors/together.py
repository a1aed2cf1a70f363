"""Several monitors changed at once: first what would change of each, then all of it or nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from monitors import record
from monitors.forms.local_time import in_zone
from monitors.models import Monitor

MOST_TAGS = 20
# What says how and where it is checked: after a change of these it is checked at once.
CHECKED = {"interval", "timeout", "confirm_down", "confirm_up", "recheck", "regions", "enabled"}


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be of each: None leaves a thing as it is. `until` is on the clock of each one's page."""

    numbers: Mapping[str, int]
    regions: Sequence[str] | None = None
    tags_added: Sequence[str] = ()
    tags_removed: Collection[str] = ()
    enabled: bool | None = None
    reason: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of one monitor: each field with what is there and what would be."""

    monitor: Monitor
    fields: Mapping[str, tuple[Any, Any]]

    @property
    def too_slow(self) -> bool:
        """Whether a check could take longer than the interval."""
        return bool(self._after("timeout") > self._after("interval"))

    @property
    def too_many_tags(self) -> bool:
        """Whether it would have more tags than one may have."""
        return len(self._after("tags")) > MOST_TAGS

    def past(self, now: datetime) -> bool:
        """Whether it would be paused until a time that is past."""
        until = self._after("paused_until")
        return "paused_until" in self.fields and until is not None and until <= now

    def _after(self, name: str) -> Any:
        return self.fields[name][1] if name in self.fields else getattr(self.monitor, name)


def preview(monitor: Monitor, change: Change) -> Preview:
    """What a change would make of a monitor."""
    wanted: dict[str, Any] = dict(change.numbers)
    if change.regions is not None:
        wanted["regions"] = list(change.regions)
    stay = [tag for tag in monitor.tags if tag not in change.tags_removed]
    wanted["tags"] = list(dict.fromkeys([*stay, *change.tags_added]))
    if change.enabled is not None:
        wanted |= _pause(monitor, change)
    found = {name: (getattr(monitor, name), value) for name, value in wanted.items()}
    return Preview(monitor, {name: both for name, both in found.items() if both[0] != both[1]})


def _pause(monitor: Monitor, change: Change) -> dict[str, Any]:
    if change.enabled:
        return {"enabled": True, "pause_reason": "", "paused_until": None}
    until = in_zone(change.until, monitor.page.time_zone) if change.until else None
    return {"enabled": False, "pause_reason": change.reason, "paused_until": until}


def apply(monitor_ids: Collection[int], change: Change, now: datetime) -> list[Preview]:
    """Changes them. Returns what changed of each that did; raises ValueError for what does not fit one."""
    with transaction.atomic():
        rows = Monitor.objects.filter(pk__in=monitor_ids).order_by("pk").defer("secrets")
        locked = rows.select_related("page").select_for_update(no_key=True, of=("self",))
        previews = [each for each in (preview(monitor, change) for monitor in locked) if each.fields]
        for each in previews:
            if each.too_slow or each.too_many_tags or each.past(now):
                raise ValueError(each.monitor.name)
            for name, (_before, after) in each.fields.items():
                setattr(each.monitor, name, after)
            each.monitor.save(update_fields=list(each.fields))
        if checked := [each.monitor for each in previews if CHECKED & each.fields.keys()]:
            record.sync_monitors(checked, now)
    return previews
