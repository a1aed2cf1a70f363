"""Pages of components and tags are rendered when what they show changed, and only then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents import post
from monitors import partitions, record
from monitors.latency import rollups
from monitors.latency.course import midnight
from monitors.models import Component, Correction, FrozenMonth, Page
from monitors.probes import Outcome, Result
from monitors.seen import Seen
from monitors.status import Status
from statuspage.concerned import concerned
from statuspage.document import as_json
from statuspage.models import File
from statuspage.snapshot import Run
from statuspage.stored import contents, files_at
from statuspage.take import take
from tests.make import make_component, make_monitor, make_page
from tests.render.make import NOW, make_history, make_snapshot
from tests.render.make import make_component as make_shown
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
    names = ("index.html", "sum/index.html")
    assert touched == {f"{place}components/c3/{name}" for place in ("", "fr/") for name in names}
    assert {path for path in stored if path.startswith("tags/")} == {"tags/t3/index.html"}


def test_which_components_are_concerned_and_proved_costs_as_many_queries_whatever_there_is() -> None:
    page = make_page()
    make_component(page)
    now = settled(page)
    make_component(page)
    few = queries(page, now)
    for _each in range(20):
        make_component(page)
    assert queries(page, now) == few


def queries(page: Page, now: datetime) -> int:
    with CaptureQueriesContext(connection) as found:
        taken(page, now, now)
    return len(found)


def test_a_month_that_closed_and_a_correction_render_the_page_of_their_component_alone() -> None:
    page = make_page()
    closed, corrected, _other = (make_component(page, slug=slug) for slug in ("closed", "corrected", "other"))
    now = settled(page)
    later = now + timedelta(minutes=2)
    month = now.astimezone(UTC).replace(day=1).date()
    FrozenMonth.objects.create(
        component=closed,
        month=month,
        time_zone="UTC",
        start=now,
        end=later,
        base=[],
        intervals=[],
        spent={},
        weight_major=1,
        weight_partial=0,
        weight_degraded=0,
        coverage_millis=0,
        frozen_at=later,
    )
    Correction.objects.create(component=corrected, start=now, end=later, made_at=later)
    assert sorted(taken(page, later, now)) == ["closed", "corrected"]


def test_what_is_proved_is_read_of_the_components_that_are_rendered_alone() -> None:
    page = make_page()
    parts = [make_component(page, slug=f"c{number}") for number in range(3)]
    now = settled(page)
    later = now + timedelta(minutes=2)
    beat = take(page.pk, now=now + timedelta(minutes=1), sequence=9, newer_than=now, by=BY)
    assert beat.documents.proofs == ()
    make_incident(page, parts[1], later - timedelta(seconds=1))
    found = take(page.pk, now=later, sequence=9, newer_than=now, by=BY)
    assert [id_ for id_, _proof in found.documents.proofs] == [parts[1].public_id]


def test_figures_move_with_each_hour_while_the_past_two_days_are_not_all_well() -> None:
    bad = Run(1, Status.PARTIAL_OUTAGE)
    assert not moves(Run(90, Status.OPERATIONAL))
    assert moves(Run(89, Status.OPERATIONAL), bad)
    assert moves(Run(88, Status.OPERATIONAL), bad, Run(1, Status.OPERATIONAL))
    assert not moves(Run(87, Status.OPERATIONAL), bad, Run(2, Status.OPERATIONAL))
    assert not moves(Run(90, Status.UNKNOWN), status=Status.UNKNOWN)
    assert moves(Run(89, Status.OPERATIONAL), Run(1, Status.UNKNOWN), status=Status.UNKNOWN)


def moves(*runs: Run, status: Status = Status.OPERATIONAL) -> bool:
    """Whether the page of a component with such days is rendered in the next hour as well, and only then."""
    first, same, next_ = (
        as_json(
            make_snapshot(components=(make_shown(status=status, history=make_history(*runs, until=until)),))
        )
        for until in (NOW.replace(minute=0), NOW.replace(minute=59), NOW + timedelta(hours=1))
    )
    assert not concerned(first, same)
    return bool(concerned(first, next_))


def test_where_monitors_look_pages_are_rendered_again_when_a_day_of_utc_is_over() -> None:
    end = midnight(NOW)
    for declared in (False, True):
        before, still, over = (
            as_json(
                make_snapshot(components=(make_shown(declared=declared, history=make_history(until=until)),))
            )
            for until in (end, end + timedelta(minutes=59), end + timedelta(hours=1))
        )
        assert not concerned(before, still)
        assert bool(concerned(still, over)) is not declared


def test_the_page_of_a_component_shows_how_long_its_checks_took_on_days_that_are_over() -> None:
    page = make_page()
    slot = midnight(timezone.now()) - timedelta(days=3)
    watched = slot - timedelta(hours=1)
    timed, _plain = (make_component(page, slug=slug, now=watched) for slug in ("timed", "plain"))
    monitor = make_monitor([timed], now=watched)
    now = settled(page)
    partitions.ensure({slot.date()})
    record.record_batch("default", [Seen(monitor.pk, slot, Outcome(Result.UP, 120.0))], slot)
    while rollups.roll(now):
        pass
    Page.objects.filter(pk=page.pk).update(updated_at=now)
    page.refresh_from_db()
    found = take(page.pk, now=now, sequence=9, newer_than=None, by=BY).documents.latencies
    assert [id_ for id_, _course in found] == [timed.public_id]
    assert [point.start for point in found[0][1] if point.count] == [slot]
    files = kept(page, release(page, now + timedelta(minutes=1)).sequence)
    assert b'id="latency"' in files["components/timed/index.html"]
    assert b'id="latency"' not in files["components/plain/index.html"]


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
        f"components/{kept_.slug}/sum/index.html",
        "tags/kept/index.html",
    }
