"""Rows for tests: each function makes one, saved, with everything it needs; keywords override."""

import itertools
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone

from monitors import record
from monitors.models import Component, Feed, Group, Monitor, Page
from monitors.status import Status

_number = itertools.count(1)


def make_page(**values: Any) -> Page:
    """A page with a domain of its own."""
    number = next(_number)
    domain = values.setdefault("domain", f"status{number}.example.com")
    return Page.objects.create(**{"name": f"Page {number}", "url": f"https://{domain}", **values})


def make_group(page: Page | None = None, **values: Any) -> Group:
    """A group with names in both languages."""
    number = next(_number)
    names = {"name_en": f"Group {number}", "name_fr": f"Groupe {number}"}
    return Group.objects.create(page=page or make_page(), **{**names, **values})


def make_component(page: Page | None = None, *, now: datetime | None = None, **values: Any) -> Component:
    """A component that staff declare operational from `now` on, until a monitor speaks of it."""
    number = next(_number)
    names = {
        "slug": f"component-{number}",
        "name_en": f"Component {number}",
        "name_fr": f"Composant {number}",
    }
    component = Component.objects.create(page=page or make_page(), **{**names, **values})
    record.watch_component(component, now or timezone.now())
    return component


def make_monitor(
    feeds: Mapping[Component, Status] | Iterable[Component] = (),
    *,
    page: Page | None = None,
    now: datetime | None = None,
    **values: Any,
) -> Monitor:
    """A monitor of a public address that feeds components (a major outage if nothing is said)."""
    impacts = dict(feeds) if isinstance(feeds, Mapping) else dict.fromkeys(feeds, Status.MAJOR_OUTAGE)
    if page is None:
        page = next((component.page for component in impacts), None) or make_page()
    defaults = {"name": f"Monitor {next(_number)}", "kind": "http", "config": {"url": "https://example.com/"}}
    monitor = Monitor.objects.create(page=page, **{**defaults, **values})
    for component, impact in impacts.items():
        Feed.objects.create(monitor=monitor, component=component, impact=impact)
    record.sync_monitor(monitor, now or timezone.now())
    return monitor
