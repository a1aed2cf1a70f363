"""Makes monitors of a list: first a look at what would become of each line, then all of it or nothing.

What is watched on the page already stays as it is; a line that cannot be used is named, and stops no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.utils.translation import gettext

from monitors import record, schedule, secrets, told, url_list
from monitors.branding import clean_tags
from monitors.forms.regions_field import RegionsField
from monitors.models import Component, Feed, Monitor, Page, default_regions
from monitors.network.guard import Allow
from monitors.probes import PROBES, ConfigError
from monitors.reasons import N_
from monitors.text import check_line
from monitors.url_list import Row

# By the scheme of an address: the kind that watches it, and the setting it stands in.
KINDS = {"http": ("http", "url"), "https": ("http", "url"), "tcp": ("tcp", "address")}
INTERVAL, TIMEOUT = 60, 10


class Verdict(StrEnum):
    """What becomes of a line (message ids)."""

    NEW = N_("new")
    KNOWN = N_("watched already: stays as it is")
    REPEATED = N_("more than once in the list")
    INVALID = N_("not usable")


@dataclass(frozen=True, slots=True)
class Line:
    """A line and what becomes of it: a `monitor` that feeds `components`, or why it is left out."""

    number: int
    verdict: Verdict
    address: str
    said: str = ""
    monitor: Monitor | None = None
    components: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What becomes, or became, of a list."""

    lines: Sequence[Line]
    unused: Sequence[str]

    @property
    def new(self) -> list[Line]:
        """Those that are brought in."""
        return [line for line in self.lines if line.verdict == Verdict.NEW]

    @property
    def left(self) -> list[Line]:
        """Those that are not."""
        return [line for line in self.lines if line.verdict != Verdict.NEW]


class LineRefused(ValueError):
    """Why a line cannot be used, in words."""


@dataclass(slots=True)
class _Judge:
    page: Page
    allow: Allow
    known: set[tuple[str, str]]
    components: Mapping[str, Component | None]
    seen: set[tuple[str, str]] = field(default_factory=set)

    def line(self, row: Row) -> Line:
        address = row.said.get("url", "")
        if row.problem:
            return Line(row.line, Verdict.INVALID, "", gettext(row.problem))
        try:
            monitor, key = self._monitor(row.said)
            fed = tuple(self._fed(row.said))
        except LineRefused as error:
            return Line(row.line, Verdict.INVALID, address, str(error))
        if key in self.known or key in self.seen:
            return Line(row.line, Verdict.KNOWN if key in self.known else Verdict.REPEATED, address)
        self.seen.add(key)
        return Line(row.line, Verdict.NEW, address, "", monitor, fed)

    def _monitor(self, said: Mapping[str, str]) -> tuple[Monitor, tuple[str, str]]:
        kind, setting, address = _kind(said["url"])
        probe = PROBES[kind]
        try:
            split = secrets.split(probe, {setting: address})
            probe.parse(split.whole, self.allow)
        except ConfigError as error:
            raise LineRefused(told.refused(error)) from None
        monitor = Monitor(
            page=self.page,
            name=_name(said.get("name", ""), said["url"]),
            kind=kind,
            config=dict(split.config),
            interval=_number(said.get("interval", ""), "interval", INTERVAL),
            regions=_regions(said.get("regions", "")),
            tags=_tags(said.get("tags", "")),
        )
        timeout = min(TIMEOUT, monitor.interval)
        monitor.timeout = _number(said.get("timeout", ""), "timeout", timeout)
        if monitor.timeout > monitor.interval:
            raise LineRefused(gettext("A check must not take longer than the interval."))
        return monitor, (kind, address)

    def _fed(self, said: Mapping[str, str]) -> Iterator[Component]:
        for name in dict.fromkeys(url_list.parts(said.get("components", ""))):
            component = self.components.get(name.casefold())
            if component is None:
                raise LineRefused(gettext("This page has no such component: %(name)s") % {"name": name[:100]})
            yield component


def look(page: Page, text: str, allow: Allow) -> Report:
    """What would become of a list. Raises ListError."""
    rows, unused = url_list.read(text)
    watched = Monitor.objects.filter(page=page).values_list("kind", "config")
    settings = dict(KINDS.values())
    known = {(kind, str(config.get(settings.get(kind, ""), ""))) for kind, config in watched}
    judge = _Judge(page, allow, known, _components(page))
    return Report([judge.line(row) for row in rows], unused)


def bring_in(page: Page, text: str, allow: Allow, now: datetime) -> Report:
    """Makes monitors of the new lines, due within one interval of each. Raises ListError."""
    with transaction.atomic():
        # One at a time on a page: else two who import the same list would have everything twice.
        Page.objects.select_for_update(no_key=True).get(pk=page.pk)
        report = look(page, text, allow)
        made = Monitor.objects.bulk_create([line.monitor for line in report.new if line.monitor])
        Feed.objects.bulk_create(
            Feed(monitor=line.monitor, component=each) for line in report.new for each in line.components
        )
        record.sync_monitors(made, now)
        for monitor in made:
            monitor.due_at = schedule.next_slot(monitor.pk, monitor.interval, now)
        Monitor.objects.bulk_update(made, ["due_at"], batch_size=500)
    return report


def _components(page: Page) -> dict[str, Component | None]:
    """By short name, and by name where only one has it."""
    found: dict[str, Component | None] = {}
    components = list(Component.objects.filter(page=page))
    for component in components:
        for name in {component.name_en.casefold(), component.name_fr.casefold()} - {""}:
            found[name] = None if name in found else component
    return found | {component.slug.casefold(): component for component in components}


def _kind(url: str) -> tuple[str, str, str]:
    scheme, _colon, rest = url.strip().partition("://")
    kind, setting = KINDS.get(scheme.lower(), ("http", "url"))
    return kind, setting, rest if kind == "tcp" else url.strip()


def _name(name: str, url: str) -> str:
    """As it is called, else by its host."""
    try:
        name = name.strip() or urlsplit(url).netloc or url
        check_line(name)
    except (ValueError, ValidationError):
        raise LineRefused(gettext("This text has control characters or line breaks in it.")) from None
    longest = 100
    if len(name) > longest:
        raise LineRefused(gettext("This name is longer than %(limit)d characters.") % {"limit": longest})
    return name


def _number(cell: str, name: str, default: int) -> int:
    if not cell.strip():
        return default
    validators: Any = Monitor._meta.get_field(name).validators  # type: ignore[union-attr]
    limits = {type(each): each.limit_value for each in validators if hasattr(each, "limit_value")}
    least, most = limits[MinValueValidator], limits[MaxValueValidator]
    if cell.isascii() and cell.isdecimal() and len(cell) < 9 and least <= int(cell) <= most:
        return int(cell)
    told = gettext("%(name)s: a number of seconds from %(least)d to %(most)d, not “%(cell)s”.")
    raise LineRefused(told % {"name": name, "least": least, "most": most, "cell": cell[:40]})


def _regions(cell: str) -> list[str]:
    try:
        return RegionsField(required=False).clean(",".join(url_list.parts(cell))) or default_regions()
    except ValidationError as error:
        raise LineRefused(" ".join(error.messages)) from None


def _tags(cell: str) -> list[str]:
    tags = list(url_list.parts(cell))
    if any(len(tag) > 40 for tag in tags):
        raise LineRefused(gettext("A tag is longer than %(limit)d characters.") % {"limit": 40})
    try:
        return clean_tags(tags)
    except ValidationError as error:
        raise LineRefused(" ".join(error.messages)) from None
