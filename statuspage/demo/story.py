"""story.toml as values: what the demonstration page shows, with every time counted from `now`. Pure."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitors.status import Status
from statuspage.snapshot import Text

STORY = Path(__file__).with_name("story.toml")
# When maintenances are announced.
OFFICE_HOURS = time(10, 30)


@dataclass(frozen=True, slots=True)
class Part:
    """A component, watched since `since`, with some short troubles of no incident."""

    slug: str
    name: Text
    description: Text
    since: datetime
    blips: int
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class Section:
    """A group and its components."""

    name: Text
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Told:
    """One update; `components` are those whose status it changes, by slug."""

    at: datetime
    status: str
    body: Text
    components: Mapping[str, Status]


@dataclass(frozen=True, slots=True)
class Trouble:
    """An incident."""

    start: datetime
    impact: str
    title: Text
    told: Sequence[Told]
    promised: datetime | None


@dataclass(frozen=True, slots=True)
class Work:
    """A maintenance: `end` is when it was over, None while it lies ahead."""

    start: datetime
    until: datetime
    end: datetime | None
    announced: datetime
    title: Text
    body: Text
    done: Text
    slugs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Story:
    """All of it, as of one instant."""

    company: str
    sections: Sequence[Section]
    troubles: Sequence[Trouble]
    works: Sequence[Work]


def read(now: datetime, zone: ZoneInfo) -> Story:
    """The story as of `now`; its times of day are in `zone`."""
    found = tomllib.loads(STORY.read_text(encoding="utf-8"))
    return Story(
        found["company"],
        [
            Section(_text(section), [_part(part, now) for part in section["components"]])
            for section in found["groups"]
        ],
        [_trouble(trouble, now, zone) for trouble in found["incidents"]],
        [_work(work, now, zone) for work in found["maintenances"]],
    )


def _text(found: Mapping[str, str]) -> Text:
    return Text(found["en"], found["fr"])


def _at(found: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> datetime:
    """`days` ago at `time`, or `minutes_ago` at a full minute."""
    if "minutes_ago" in found:
        return (now - timedelta(minutes=found["minutes_ago"])).replace(second=0, microsecond=0)
    day = now.astimezone(zone).date() - timedelta(days=found["days"])
    of_day: time = found["time"]
    return datetime.combine(day, of_day, zone).astimezone(UTC)


def _part(found: Mapping[str, Any], now: datetime) -> Part:
    since = (now - timedelta(days=found["watched"])).replace(second=0, microsecond=0)
    return Part(
        found["slug"],
        _text(found),
        _text(found.get("description", {"en": "", "fr": ""})),
        since,
        found["blips"],
        found.get("tags", ()),
    )


def _trouble(found: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> Trouble:
    start = _at(found, now, zone)
    told = [
        Told(
            start + timedelta(minutes=update["after"]),
            update["status"],
            _text(update),
            {slug: Status(status) for slug, status in update.get("components", {}).items()},
        )
        for update in found["updates"]
    ]
    promised = now + timedelta(minutes=found["promised"]) if "promised" in found else None
    return Trouble(start, found["impact"], _text(found["title"]), told, _next_five(promised))


def _next_five(promised: datetime | None) -> datetime | None:
    """People promise five past, not seven past."""
    if promised is None:
        return None
    full = promised.replace(second=0, microsecond=0)
    return full + timedelta(minutes=-full.minute % 5)


def _work(found: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> Work:
    start = _at(found, now, zone)
    return Work(
        start,
        start + timedelta(minutes=found["minutes"]),
        start + timedelta(minutes=found["took"]) if "took" in found else None,
        _at({"days": found["days"] + found["announced"], "time": OFFICE_HOURS}, now, zone),
        _text(found["title"]),
        _text(found),
        _text(found["done"]) if "done" in found else Text(""),
        found["components"],
    )
