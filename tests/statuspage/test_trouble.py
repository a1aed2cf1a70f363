"""What goes wrong on one page or target stays there, and staff can read of it."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents import post
from incidents.models import Incident
from monitors import record
from monitors.models import Component, Page
from statuspage import releases, tasks
from statuspage.follow import Follower
from statuspage.models import Publishing, Release, Target
from statuspage.push import behind, push
from statuspage.stored import contents, files_at, latest
from subscribers.models import Notice
from tests.make import make_component, make_page
from tests.statuspage.test_releases import BY, make_incident, make_target

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The pushes that the tick asked for; there is no broker."""
    asked: list[Any] = []
    monkeypatch.setattr(tasks.push_target, "apply_async", lambda args, **_: asked.extend(args))
    return asked


def test_a_page_that_cannot_be_made_holds_up_no_other(tmp_path: Path, queued: list[Any]) -> None:
    broken, sound = make_page(time_zone="Mars/Olympus"), make_page()
    targets = [make_target(page, tmp_path / page.domain) for page in (broken, sound)]
    tasks.publish()
    assert latest(broken.pk) is None
    assert latest(sound.pk) is not None
    assert queued == [targets[1].pk]


def test_staff_read_on_the_target_that_the_page_cannot_be_made(tmp_path: Path, queued: list[Any]) -> None:
    page = make_page(time_zone="Mars/Olympus")
    target = make_target(page, tmp_path / "public")
    tasks.publish()
    target.refresh_from_db()
    assert "ZoneInfoNotFoundError" in target.error
    Page.objects.filter(pk=page.pk).update(time_zone="Europe/Paris")
    with time_machine.travel(timezone.now() + releases.RETRY[0]):
        tasks.publish()
    push(target, timezone.now(), BY)
    target.refresh_from_db()
    assert target.error == ""


def test_a_page_that_cannot_be_made_is_tried_less_and_less_often_and_leaves_no_rows(
    queued: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    page, start = make_page(time_zone="Mars/Olympus"), timezone.now()
    tried: list[float] = []
    make_due = releases.make_due

    def counted(page: Page, now: datetime, by: Any) -> Any:
        tried.append((now - start).total_seconds())
        return make_due(page, now, by)

    monkeypatch.setattr(releases, "make_due", counted)
    for second in range(90):
        with time_machine.travel(start + timedelta(seconds=second), tick=False):
            tasks.publish()
    assert tried == [0, 5, 20, 50, 80]
    assert not Release.objects.filter(page=page).exists()


def test_a_page_that_is_fixed_forgets_its_failures(queued: list[Any]) -> None:
    page = make_page(time_zone="Mars/Olympus")
    tasks.publish()
    page.time_zone = "Europe/Paris"
    page.save()
    assert releases.make(page, timezone.now(), BY) is not None
    assert Publishing.objects.get(page=page).failures == 0


def test_two_that_see_the_same_page_due_make_one_release() -> None:
    page, now = make_page(), timezone.now()
    assert releases.due_of([page], now) == [page]
    assert releases.make_due(page, now, BY) is not None
    assert releases.make_due(page, now, BY) is None
    assert Release.objects.filter(page=page).count() == 1


def test_the_tick_costs_the_same_number_of_queries_however_many_pages_and_targets(
    tmp_path: Path, queued: list[Any]
) -> None:
    def cost() -> int:
        tasks.publish()
        with CaptureQueriesContext(connection) as queries:
            tasks.publish()
            tasks.follow_up()
        return len(queries)

    make_target(make_page(), tmp_path / "first")
    few = cost()
    for number in range(4):
        make_target(make_page(), tmp_path / str(number))
    assert cost() == few
    # One look at whatever may be due, the components that turned among it.
    assert few <= 10


def test_an_unexpected_failure_of_a_target_is_kept_and_tried_again_later(tmp_path: Path) -> None:
    page = make_page()
    target = Target.objects.create(page=page, name="old", kind="carrier pigeon", config={})
    now = timezone.now()
    releases.make(page, now, BY)
    assert not push(target, now, BY)
    target.refresh_from_db()
    assert target.failures == 1
    assert "KeyError" in target.error
    assert not behind(now).exists()
    assert behind(now + timedelta(seconds=31)).exists()


def test_a_clock_that_was_turned_back_stops_neither_heartbeat_nor_target(tmp_path: Path) -> None:
    page = make_page()
    target = make_target(page, tmp_path / "public")
    now = timezone.now()
    ahead = now + timedelta(hours=1)
    releases.make(page, ahead, BY)
    assert push(target, ahead, BY)
    assert releases.due(page, now)
    made = releases.make(page, now, BY)
    assert made is not None
    assert list(behind(now)) == [target]
    assert push(target, now, BY)
    assert not releases.due(page, now + timedelta(seconds=1))


@pytest.mark.parametrize("year", [1, 202, 1900])
def test_an_incident_cannot_start_in_a_year_that_was_mistyped(year: int) -> None:
    page = make_page()
    with pytest.raises(post.PostError) as error:
        make_incident(
            page, make_component(page), timezone.now(), started_at=datetime(year, 11, 22, tzinfo=UTC)
        )
    assert error.value.field == "started_at"
    assert not Incident.objects.exists()


@pytest.mark.parametrize("year", [3000, 9999])
def test_nothing_is_promised_for_a_year_that_was_mistyped(year: int) -> None:
    page = make_page()
    at = datetime(year, 12, 31, 23, 59, tzinfo=UTC)
    with pytest.raises(post.PostError) as error:
        make_incident(page, make_component(page), timezone.now(), next_update_at=at)
    assert error.value.field == "next_update_at"


@pytest.mark.parametrize(
    ("field", "start", "end"), [("scheduled_for", 202, 2027), ("scheduled_until", 2026, 9999)]
)
def test_no_maintenance_is_planned_for_a_year_that_was_mistyped(field: str, start: int, end: int) -> None:
    page = make_page()
    with pytest.raises(post.PostError) as error:
        post.schedule_maintenance(
            page,
            title_en="Move",
            title_fr="",
            body_en="We move.",
            body_fr="",
            components=[],
            scheduled_for=datetime(start, 6, 1, tzinfo=UTC),
            scheduled_until=datetime(end, 12, 31, 23, 59, tzinfo=UTC),
            now=datetime(2026, 11, 22, tzinfo=UTC),
        )
    assert error.value.field == field


def test_an_edge_of_what_can_be_meant_can_still_be_published(tmp_path: Path) -> None:
    page = make_page(time_zone="America/Los_Angeles")
    now = timezone.now()
    make_incident(page, make_component(page), now, started_at=datetime(2000, 1, 1, tzinfo=UTC))
    assert releases.make(page, now, BY) is not None


def test_a_page_that_was_deleted_does_not_come_back_with_a_restart(tmp_path: Path) -> None:
    gone, kept = make_page(), make_page()
    for page in (gone, kept):
        releases.make(page, timezone.now(), BY)
    follower = Follower(tmp_path)
    follower.look()
    assert set(Follower(tmp_path).shelves) == {gone.domain, kept.domain}
    record.delete_page(gone, timezone.now())
    follower.look()
    assert set(follower.shelves) == {kept.domain}
    assert set(Follower(tmp_path).shelves) == {kept.domain}


def test_following_goes_on_after_a_failure_that_nobody_foresaw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower(tmp_path)
    again = threading.Event()
    looks = iter([ValueError("unforeseen"), None])

    def look() -> None:
        if (error := next(looks, None)) is not None:
            raise error
        again.set()

    monkeypatch.setattr(follower, "look", look)
    monkeypatch.setattr("statuspage.follow.PAUSE", 0.01)
    follower.start()
    try:
        assert again.wait(30)
    finally:
        follower.stop()


def test_a_post_that_waited_long_for_its_locks_is_still_rendered(tmp_path: Path) -> None:
    page = make_page()
    component = make_component(page)
    now = timezone.now()
    releases.make(page, now + timedelta(minutes=5), BY)
    incident = make_incident(page, component, now)
    release = releases.make(page, now + timedelta(minutes=5, seconds=1), BY)
    assert release is not None
    page_files = files_at(page.pk, release.sequence).values_list("path", flat=True)
    assert f"incidents/{incident.public_id}/index.html" in page_files


def test_a_deleted_component_leaves_the_pages_of_past_incidents(tmp_path: Path) -> None:
    page = make_page()
    now = timezone.now()
    early = now - timedelta(hours=1)
    component = make_component(page, name_en="Project Chimera", now=early)
    incident = make_incident(page, component, early)
    for model in (Page, Component):
        model.objects.update(updated_at=early)
    releases.make(page, now - timedelta(minutes=5), BY)
    path = f"incidents/{incident.public_id}/index.html"
    assert b"Project Chimera" in contents(files_at(page.pk, 1))[path]
    record.delete_component(component, now)
    releases.make(page, now, BY)
    assert b"Project Chimera" not in contents(files_at(page.pk, 2))[path]


def test_a_hidden_component_is_named_nowhere_in_public(tmp_path: Path) -> None:
    page = make_page()
    component = make_component(page, name_en="Project Chimera", name_fr="Project Chimera", visible=False)
    now = timezone.now()
    make_incident(page, component, now)
    post.schedule_maintenance(
        page,
        title_en="Move",
        title_fr="",
        body_en="We move.",
        body_fr="",
        components=[component],
        scheduled_for=now,
        scheduled_until=now + timedelta(hours=1),
        now=now,
    )
    releases.make(page, now, BY)
    files = contents(files_at(page.pk, 1))
    assert [path for path, content in files.items() if b"Chimera" in content] == []
    assert Notice.objects.count() == 2
    assert not any("Chimera" in str(notice.payload) for notice in Notice.objects.all())
