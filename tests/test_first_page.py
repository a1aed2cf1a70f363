"""The first page of an embedded installation."""

from pathlib import Path

import pytest

from monitors.models import Component, Monitor, Page
from monitors.network.guard import Allow
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


def test_it_is_published_to_the_separate_origin_with_a_private_place_beside_it(tmp_path: Path) -> None:
    make_first_page(tmp_path)
    row = Target.objects.get()
    target = TARGETS[row.kind].parse(row.config)
    assert row.config["path"] == str(tmp_path / "public")
    assert target.public_url == "http://127.0.0.1:8001"
    assert target.private is not None
    target.private.put("releases/000000000001.zip", b"")
    assert [file.name for file in (tmp_path / "private" / "releases").iterdir()] == ["000000000001.zip"]


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


def test_receipts_are_read_at_the_new_port_of_the_origin(tmp_path: Path) -> None:
    page = make_first_page(tmp_path, 8000)
    assert page is not None
    elsewhere = {"path": "/srv/status", "public_url": "https://status.example.com"}
    Target.objects.create(page=page, name="elsewhere", kind="directory", config=elsewhere)
    first_page.follow_port(8000, 8100)
    ours, theirs = Target.objects.order_by("pk")
    assert ours.config["public_url"] == "http://127.0.0.1:8101"
    assert ours.config["path"] == str(tmp_path / "public")
    assert theirs.config == elsewhere
