"""The first page of an embedded installation."""

from pathlib import Path

import pytest

from monitors.guard import Allow
from monitors.models import Component, Monitor, Page
from monitors.probes import PROBES
from statuspage import first_page
from statuspage.models import Target
from statuspage.publish import TARGETS

pytestmark = pytest.mark.django_db


def make_first_page(folder: Path, port: int = 8000) -> Page | None:
    return first_page.create(f"http://localhost:{port}", port, folder)


def test_both_components_are_watched_through_the_guard_on_our_own_port_alone(tmp_path: Path) -> None:
    make_first_page(tmp_path)
    assert Component.objects.filter(feeds__isnull=False).count() == Component.objects.count() == 2
    ours, other = Allow.parse("127.0.0.1/32:8000"), Allow.parse("127.0.0.1/32:8001")
    for monitor in Monitor.objects.all():
        probe = PROBES[monitor.kind]
        probe.parse(monitor.config, ours)
        with pytest.raises(ValueError, match=r"^(url|address): "):
            probe.parse(monitor.config, other)


def test_it_is_published_to_the_folder_of_the_separate_origin(tmp_path: Path) -> None:
    make_first_page(tmp_path)
    target = Target.objects.get()
    assert TARGETS[target.kind]
    assert target.config == {"path": str(tmp_path)}


def test_it_is_made_only_where_there_is_no_page(tmp_path: Path) -> None:
    assert make_first_page(tmp_path) is not None
    assert make_first_page(tmp_path) is None
    assert Page.objects.count() == 1


def test_what_watches_the_old_port_follows_to_the_new_one(tmp_path: Path) -> None:
    make_first_page(tmp_path, 8000)
    Monitor.objects.filter(kind="tcp").update(config={"address": "127.0.0.1:9999"})
    first_page.follow_port(8000, 8100)
    assert Page.objects.get().url == "http://localhost:8100"
    assert Monitor.objects.get(kind="http").config == {"url": "http://127.0.0.1:8100/healthz"}
    # What staff changed is theirs.
    assert Monitor.objects.get(kind="tcp").config == {"address": "127.0.0.1:9999"}
