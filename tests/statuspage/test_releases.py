"""Releases: only what changed is stored, sequences only grow, and one time gives one set of bytes."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents import post
from monitors.models import Component, Page, RegionVerdict
from monitors.status import Status
from statuspage import releases
from statuspage.follow import Follower
from statuspage.installation import Installation
from statuspage.models import File, Release, Target
from statuspage.push import behind, push
from statuspage.render.files import HEARTBEAT
from statuspage.signing import Role, Signer
from statuspage.stored import KEPT, contents, files_at
from statuspage.take import take
from tests.make import make_component, make_monitor, make_page

pytestmark = pytest.mark.django_db(transaction=True)
BY = Installation("https://app.example.com", Signer.of(Role.APPLICATION, "A" * 43 + "="))


def midday() -> datetime:
    """A time of tomorrow: nothing was made a moment before, and no full hour comes soon."""
    return timezone.now().replace(hour=12, minute=10) + timedelta(days=1)


def make_target(page: Page, folder: Path) -> Target:
    return Target.objects.create(page=page, name=folder.name, kind="directory", config={"path": str(folder)})


def make_incident(page: Page, component: Component, now: Any, **said: Any) -> Any:
    words = {
        "title_en": "Payments fail",
        "title_fr": "Les paiements échouent",
        "body_en": "We look.",
        "body_fr": "",
    }
    return post.open_incident(
        page,
        impact="major",
        status="investigating",
        components={component: Status.PARTIAL_OUTAGE},
        now=now,
        **{**words, **said},
    )


def release(page: Page, now: Any) -> Release:
    page.refresh_from_db()
    made = releases.make(page, now, BY)
    assert made is not None
    return made


def stored_at(sequence: int) -> set[str]:
    return set(File.objects.filter(since=sequence).values_list("path", flat=True))


def test_a_release_without_a_change_stores_only_the_heartbeat_set() -> None:
    page, now = make_page(), midday()
    make_component(page)
    release(page, now)
    second = release(page, now + timedelta(seconds=60))
    assert stored_at(second.sequence) <= set(HEARTBEAT)
    assert "heartbeat.json" in stored_at(second.sequence)


def test_a_page_is_due_at_once_after_a_change_and_else_after_a_minute() -> None:
    page, now = make_page(), midday()
    component = make_component(page)
    release(page, now)
    page.refresh_from_db()
    assert not releases.due(page, now + timedelta(seconds=59))
    assert releases.due(page, now + timedelta(seconds=60))
    make_incident(page, component, now - timedelta(seconds=5))
    page.refresh_from_db()
    assert releases.due(page, now + timedelta(seconds=1))


def test_an_update_writes_at_most_twenty_times() -> None:
    page, now = make_page(), midday()
    incident = make_incident(page, make_component(page), now)
    make_component(page)
    release(page, now + timedelta(seconds=1))
    later = now + timedelta(minutes=5)
    post.update_incident(
        incident, status="identified", body_en="Found.", body_fr="Trouvé.", components={}, now=later
    )
    stored = stored_at(release(page, later + timedelta(seconds=1)).sequence)
    assert {f"{place}incidents/{incident.public_id}/index.html" for place in ("", "fr/")} <= stored
    # A publication writes sequence.json before and after.
    assert len(stored) + 2 <= 20


def test_an_incident_that_begins_writes_what_it_touches_and_not_the_past() -> None:
    page, now = make_page(), midday()
    component = make_component(page)
    old = make_incident(page, component, now - timedelta(days=70), started_at=now - timedelta(days=70))
    release(page, now)
    fresh = make_incident(page, component, now + timedelta(minutes=5))
    later = release(page, now + timedelta(minutes=5))
    stored = stored_at(later.sequence)
    assert f"incidents/{fresh.public_id}/index.html" in stored
    assert not any(old.public_id in path for path in stored)
    # Its own pages, of the month and the component with its sum, the lists of the API, badges and feeds.
    assert len(stored) <= 38
    assert len([path for path in stored if "/sum/" in path or path.endswith(".csv")]) == 3


def test_a_new_name_is_rendered_everywhere_in_the_next_release_and_only_there() -> None:
    page, now = make_page(), midday()
    component = make_component(page)
    old = make_incident(page, component, now - timedelta(days=70), started_at=now - timedelta(days=70))
    place = f"incidents/{old.public_id}/index.html"
    release(page, now)
    later = now + timedelta(minutes=5)
    Component.objects.filter(pk=component.pk).update(name_en="Till", updated_at=later)
    renamed = release(page, later)
    assert b"Till" in contents(files_at(page.pk, renamed.sequence))[place]
    # Would it be rendered again, it would be stored again.
    File.objects.filter(path=place).delete()
    make_incident(page, component, later + timedelta(seconds=1))
    assert place not in stored_at(release(page, later + timedelta(seconds=2)).sequence)
    component.delete()
    assert place in stored_at(release(page, later + timedelta(seconds=3)).sequence)


def test_taking_a_snapshot_costs_the_same_number_of_queries_whatever_there_is() -> None:
    page, now = make_page(), midday()
    component = make_component(page)
    make_incident(page, component, now)
    few = count_queries(page, now)
    for number in range(4):
        make_incident(page, make_component(page, slug=f"c{number}"), now)
    assert count_queries(page, now) == few
    assert few <= 30


def count_queries(page: Page, now: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        take(page.pk, now=now, sequence=1, newer_than=now - timedelta(minutes=1), by=BY)
    return len(queries)


def test_a_monitor_that_was_never_heard_of_has_checked_nothing() -> None:
    page, now = make_page(), timezone.now()
    component = make_component(page)
    monitor = make_monitor([component])
    RegionVerdict.objects.get_or_create(monitor=monitor, region="default")
    taken = take(page.pk, now=now, sequence=1, newer_than=None, by=BY)
    assert [state.checked_at for state in taken.snapshot.components] == [None]


def test_the_same_time_exports_the_same_bytes(tmp_path: Path) -> None:
    page, now = make_page(), midday()
    make_incident(page, make_component(page), now)
    for name in ("one", "two"):
        call_command("export", str(tmp_path / name), at=now, verbosity=0)
    files = sorted(
        path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()
    )
    assert len(files) > 10
    for path in files:
        assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path


def test_a_push_brings_a_target_to_the_newest_release(tmp_path: Path) -> None:
    page, now = make_page(), midday()
    make_component(page)
    target = make_target(page, tmp_path / "public")
    made = release(page, now)
    assert list(behind(now)) == [target]
    assert push(target, now, BY)
    target.refresh_from_db()
    assert (target.sequence, target.failures) == (made.sequence, 0)
    assert not behind(now)
    beat = json.loads((tmp_path / "public" / "heartbeat.json").read_bytes())
    assert beat["sequence"] == made.sequence


def test_a_failing_target_says_why_is_tried_again_and_stops_no_other(tmp_path: Path) -> None:
    page, now = make_page(), midday()
    make_component(page)
    (tmp_path / "file").write_text("in the way")
    bad, good = make_target(page, tmp_path / "file"), make_target(page, tmp_path / "good")
    release(page, now)
    assert not push(bad, now, BY)
    assert push(good, now, BY)
    bad.refresh_from_db()
    assert bad.failures == 1
    assert str(tmp_path / "file") in bad.error
    assert not behind(now)
    (tmp_path / "file").unlink()
    assert list(behind(now + timedelta(seconds=30))) == [bad]
    assert push(bad, now + timedelta(seconds=30), BY)
    bad.refresh_from_db()
    assert (bad.failures, bad.error) == (0, "")


def test_a_target_that_missed_many_releases_is_brought_up_as_a_whole(tmp_path: Path) -> None:
    page, now = make_page(), midday()
    component = make_component(page)
    target = make_target(page, tmp_path / "public")
    release(page, now)
    assert push(target, now, BY)
    component.delete()
    for number in range(1, KEPT + 3):
        last = release(page, now + timedelta(minutes=number))
    assert Release.objects.filter(page=page).count() <= KEPT
    assert push(target, now, BY)
    served = {
        path.relative_to(tmp_path / "public").as_posix() for path in (tmp_path / "public").rglob("*.html")
    }
    assert served == {name for name in contents(files_at(page.pk, last.sequence)) if name.endswith(".html")}


def test_a_web_process_follows_and_serves_the_last_release_without_a_database(tmp_path: Path) -> None:
    page, now = make_page(), midday()
    make_component(page)
    follower = Follower(tmp_path)
    follower.look()
    assert follower.shelves == {}
    made = release(page, now)
    follower.look()
    assert follower.shelves[page.domain].state.sequence == made.sequence
    alone = Follower(tmp_path)
    served = alone.shelves[page.domain].get("index.html")
    assert served
    assert served.variants[""].body == bytes(File.objects.get(path="index.html", until=None).content)


def test_a_follower_reads_only_what_is_newer(tmp_path: Path) -> None:
    page, now = make_page(), midday()
    make_component(page)
    release(page, now)
    follower = Follower(tmp_path)
    follower.look()
    with CaptureQueriesContext(connection) as queries:
        follower.look()
    assert len(queries) == 2
    made = release(page, now + timedelta(minutes=1))
    follower.look()
    assert follower.shelves[page.domain].state.sequence == made.sequence


def test_a_follower_starts_over_when_the_database_was_put_back(tmp_path: Path) -> None:
    page, now = make_page(), midday()
    make_component(page)
    for number in range(3):
        release(page, now + timedelta(minutes=number))
    follower = Follower(tmp_path)
    follower.look()
    Release.objects.filter(sequence__gt=1).delete()
    File.objects.filter(since__gt=1).delete()
    File.objects.update(until=None)
    follower.look()
    assert follower.shelves[page.domain].state.sequence == 1


def test_two_makers_at_once_make_one_release_each_with_its_own_sequence() -> None:
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    page, now = make_page(), midday()
    make_component(page)

    def attempt(_number: int) -> Release | None:
        try:
            return releases.make(page, now, BY)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        made = [one for one in pool.map(attempt, range(8)) if one]
    sequences = [one.sequence for one in made]
    assert made
    assert len(set(sequences)) == len(sequences)
    assert File.objects.filter(path="index.html", until=None).count() == 1


def test_the_page_of_an_incident_is_made_anew_when_its_promise_runs_out() -> None:
    page, now = make_page(), midday()
    incident = make_incident(
        page, make_component(page), now - timedelta(hours=1), next_update_at=now + timedelta(minutes=5)
    )
    Page.objects.update(touched_at=now - timedelta(hours=1))
    path = f"incidents/{incident.public_id}/index.html"
    release(page, now)
    assert path not in stored_at(release(page, now + timedelta(minutes=4)).sequence)
    late = release(page, now + timedelta(minutes=6))
    assert path in stored_at(late.sequence)
    assert b"and is late" in contents(files_at(page.pk, late.sequence))[path]
