"""Pages of components and tags are rendered when what they show changed, and only then."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents import post
from monitors import record
from monitors.models import Component, Page
from monitors.status import Status
from statuspage.models import File
from statuspage.stored import contents, files_at
from statuspage.take import take
from tests.make import make_component, make_page
from tests.statuspage.test_releases import BY, make_incident, release, stored_at

pytestmark = pytest.mark.django_db(transaction=True)


def taken(page: Page, now: datetime, newer_than: datetime | None) -> list[str]:
    """The components whose pages would be rendered."""
    found = take(page.pk, now=now, sequence=9, newer_than=newer_than, by=BY)
    return [component.slug for component in found.documents.components]


def settled(page: Page) -> datetime:
    """A release made at a full hour that begins no day, long after the components were."""
    now = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    release(page, now)
    return now


def test_a_heartbeat_renders_no_component_and_one_post_only_those_it_touches() -> None:
    page = make_page()
    parts = [make_component(page, slug=f"c{number}", tags=[f"t{number}"]) for number in range(5)]
    now = settled(page)
    beat = release(page, now + timedelta(minutes=1))
    assert not [path for path in stored_at(beat.sequence) if "components/" in path]
    later = now + timedelta(minutes=2)
    make_incident(page, parts[3], later - timedelta(seconds=1))
    assert taken(page, later, now) == ["c3"]
    stored = stored_at(release(page, later).sequence)
    touched = {path for path in stored if path.endswith("index.html") and "components/" in path}
    assert touched == {f"{place}components/c3/index.html" for place in ("", "fr/")}
    assert {path for path in stored if path.startswith("tags/")} == {"tags/t3/index.html"}


def test_which_components_are_concerned_costs_one_query_whatever_there_is() -> None:
    page = make_page()
    make_component(page)
    now = settled(page)
    few = queries(page, now)
    for _each in range(20):
        make_component(page)
    assert queries(page, now) == few


def queries(page: Page, now: datetime) -> int:
    with CaptureQueriesContext(connection) as found:
        taken(page, now, now)
    return len(found)


def test_rendering_what_changed_gives_the_bytes_of_rendering_everything() -> None:
    page = make_page()
    parts = [make_component(page, slug=f"c{number}", tags=["all"]) for number in range(3)]
    now = settled(page)
    incident = make_incident(page, parts[1], now + timedelta(minutes=1))
    release(page, now + timedelta(minutes=2))
    say(incident, parts[1], now + timedelta(minutes=3))
    release(page, now + timedelta(minutes=4))
    # Days later the bars have moved, and what was recent is not any more.
    at = now + timedelta(days=40)
    pieces = kept(page, release(page, at).sequence)
    Page.objects.filter(pk=page.pk).update(updated_at=at)
    page.refresh_from_db()
    whole = kept(page, release(page, at).sequence)
    assert pieces == whole


def say(incident: Any, part: Component, now: datetime) -> None:
    post.update_incident(
        incident,
        status="resolved",
        components={part: Status.OPERATIONAL},
        body_en="It works.",
        body_fr="",
        now=now,
    )


def kept(page: Page, sequence: int) -> dict[str, bytes]:
    """The pages beside the index."""
    files = contents(files_at(page.pk, sequence))
    return {
        path: files[path] for path in files if "components/" in path or "tags/" in path or "uptime/" in path
    }


def test_the_page_of_a_component_that_is_hidden_or_deleted_is_gone() -> None:
    page = make_page()
    hidden, deleted, kept_ = (make_component(page, slug=slug, tags=[slug]) for slug in ("hid", "del", "kept"))
    now = timezone.now()
    release(page, now)
    assert File.objects.filter(path="components/hid/index.html", until=None).exists()
    hidden.visible = False
    hidden.save()
    record.delete_component(deleted, now)
    release(page, now + timedelta(minutes=1))
    present = set(File.objects.filter(until=None).values_list("path", flat=True))
    assert {
        path for path in present if path.startswith(("components/", "tags/")) and path.endswith("html")
    } == {
        f"components/{kept_.slug}/index.html",
        "tags/kept/index.html",
    }
