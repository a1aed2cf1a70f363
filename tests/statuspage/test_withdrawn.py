"""What was undone or merged is nowhere in what is published, and its address leads somewhere orderly."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from incidents import post
from incidents.afterwards import merging, times
from incidents.models import Incident, Update
from monitors.models import Page
from monitors.status import Status
from statuspage import changes, releases
from statuspage.models import Release, Target, Turn
from statuspage.push import push
from statuspage.stored import contents, files_at
from tests.incidents.make import make_subscriber, minutes, open_incident, schedule, update_incident
from tests.make import make_component, make_page
from tests.statuspage.test_releases import BY

pytestmark = pytest.mark.django_db(transaction=True)

HOLD = timedelta(seconds=20)
SECRET = "A word that must vanish"


@pytest.fixture
def ada(django_user_model) -> Any:
    return django_user_model.objects.create_user("ada")


def release(page: Page, now: Any) -> Release:
    page.refresh_from_db()
    made = releases.make(page, now, BY)
    assert made is not None
    return made


def files(page: Page, made: Release) -> dict[str, bytes]:
    return contents(files_at(page.pk, made.sequence))


def undo(incident: Incident, now: Any, ada: Any) -> Update:
    latest = incident.updates.first()
    assert latest is not None
    return post.undo(latest, now, ada)


def test_an_undone_incident_is_nowhere_and_its_address_is_gone(ada, tmp_path: Path) -> None:
    page, now = make_page(), timezone.now() + minutes(1)
    make_component(page)
    target = Target.objects.create(page=page, name="d", kind="directory", config={"path": str(tmp_path)})
    before = files(page, release(page, now))
    incident = open_incident(page, title_en=SECRET, body_en=SECRET, hold=HOLD, now=now)
    shown = files(page, release(page, now + timedelta(seconds=1)))
    push(target, now, BY)
    own = f"incidents/{incident.public_id}/index.html"
    assert own in shown
    assert (tmp_path / own).exists()
    assert f"history/{now:%Y-%m}/index.html" in shown
    undo(incident, now + timedelta(seconds=5), ada)
    after = files(page, release(page, now + timedelta(seconds=6)))
    assert set(after) == set(before)
    assert not [path for path, content in after.items() if SECRET.encode() in content]
    told = [path for path, content in after.items() if incident.public_id.encode() in content]
    assert sorted(told) == ["events.json", "status.json"]
    (event,) = json.loads(after["events.json"])["events"]
    assert event["type"] == "update.withdrawn"
    target.refresh_from_db()
    push(target, now + timedelta(seconds=7), BY)
    assert not (tmp_path / own).exists()
    assert not [
        path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ]


def test_an_undone_update_is_nowhere_and_the_rest_stands_as_before(ada) -> None:
    page, now = make_page(), timezone.now() + minutes(1)
    component = make_component(page)
    incident = open_incident(page, {component: Status.MAJOR_OUTAGE}, now=now)
    before = files(page, release(page, now))
    update_incident(incident, "resolved", body_en=SECRET, hold=HOLD, now=now + timedelta(seconds=1))
    shown = files(page, release(page, now + timedelta(seconds=2)))
    assert [path for path, content in shown.items() if SECRET.encode() in content]
    undo(incident, now + timedelta(seconds=5), ada)
    after = files(page, release(page, now + timedelta(seconds=6)))
    assert not [path for path, content in after.items() if SECRET.encode() in content]
    same = f"incidents/{incident.public_id}/index.html"
    assert after[same] == before[same]


def test_an_undone_maintenance_is_nowhere_either(ada) -> None:
    page, now = make_page(), timezone.now() + minutes(1)
    make_component(page)
    before = files(page, release(page, now))
    period = {"scheduled_for": now + minutes(60), "scheduled_until": now + minutes(90)}
    maintenance = schedule(page, title_en=SECRET, now=now, hold=HOLD, **period)
    release(page, now + timedelta(seconds=1))
    post.undo(maintenance.updates.get(), now + timedelta(seconds=5), ada)
    after = files(page, release(page, now + timedelta(seconds=6)))
    assert set(after) == set(before)
    assert not [path for path, content in after.items() if SECRET.encode() in content]


def test_the_page_of_a_merged_incident_leads_to_the_other_in_every_language() -> None:
    page, now = make_page(), timezone.now() + minutes(1)
    make_component(page)
    into, duplicate = open_incident(page, now=now), open_incident(page, now=now, title_en=SECRET)
    release(page, now)
    merging.merge(duplicate, into, now + timedelta(seconds=1))
    after = files(page, release(page, now + timedelta(seconds=2)))
    own = [path for path in after if f"incidents/{duplicate.public_id}/" in path]
    assert len(own) == 1 + len(page.languages)
    for path in own:
        assert b'http-equiv="refresh"' in after[path]
    lead = after[f"incidents/{duplicate.public_id}/index.html"].decode()
    assert f"url=../{into.public_id}/" in lead
    assert not [path for path, content in after.items() if SECRET.encode() in content]
    # A release that makes every document anew has it, too.
    Page.objects.filter(pk=page.pk).update(updated_at=now + timedelta(seconds=3))
    assert set(files(page, release(page, now + timedelta(seconds=70)))) == set(after)


def test_an_incident_that_moves_to_another_month_leaves_the_one_before() -> None:
    page, now = make_page(time_zone="UTC"), timezone.now() + minutes(1)
    make_component(page)
    incident = update_incident(open_incident(page, now=now), "resolved", now=now + timedelta(seconds=1))
    release(page, now + timedelta(seconds=2))
    started = now - timedelta(days=40)
    incident.refresh_from_db()
    times.correct(
        incident,
        title_en="Payments fail",
        title_fr="",
        impact="major",
        started_at=started,
        resolved_at=incident.resolved_at,
        seen=incident.updated_at,
        now=now + timedelta(seconds=3),
    )
    after = files(page, release(page, now + timedelta(seconds=4)))
    assert f"history/{started:%Y-%m}/index.html" in after
    assert f"history/{now:%Y-%m}/index.html" not in after


def test_software_hears_of_components_when_the_hold_is_over(ada) -> None:
    page, now = make_page(), timezone.now() + minutes(1)
    component = make_component(page)
    make_subscriber(page, channel="webhook", address="https://hook.example.com/")
    release(page, now)
    incident = open_incident(page, {component: Status.MAJOR_OUTAGE}, now=now, hold=HOLD)
    release(page, now + timedelta(seconds=1))
    assert not Turn.objects.exists()
    undo(incident, now + timedelta(seconds=5), ada)
    release(page, now + timedelta(seconds=30))
    assert not Turn.objects.exists()
    open_incident(page, {component: Status.MAJOR_OUTAGE}, now=now + minutes(1), hold=HOLD)
    release(page, now + minutes(1))
    assert post.settle(now + minutes(1) + HOLD) == 1
    release(page, now + minutes(1) + HOLD)
    assert Turn.objects.get().new_status == Status.MAJOR_OUTAGE
    assert changes.tell() == 1
