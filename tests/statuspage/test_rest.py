"""Degraded mode: everything rests but posting, publishing and telling people; what rests is never green."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import Incident
from monitors import essentials, record
from monitors import tasks as probing
from monitors.ids import public_id
from monitors.models import Monitor, Page, Span
from monitors.seen import Seen
from monitors.status import Status
from statuspage import releases
from statuspage import tasks as publishing
from statuspage.installation import installation
from statuspage.models import Target
from statuspage.take import read
from subscribers import tasks as sending
from subscribers.models import Delivery, Subscriber
from tests.incidents.make import open_incident
from tests.make import make_component, make_monitor, make_page
from tests.monitors.scenes import UP
from tests.statuspage.test_releases import make_target
from tests.subscribers.make import make_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada", password="a long enough password"))
    return client


def heard_up(monitor: Monitor) -> None:
    now = timezone.now()
    record.record_batch("default", [Seen(monitor.pk, now, UP)], now)


def test_the_switch_says_who_and_since_when_and_the_first_stands() -> None:
    now = timezone.now()
    assert essentials.resting() is None
    assert essentials.rest("ada", now)
    assert not essentials.rest("bob", now + timedelta(minutes=1))
    assert essentials.resting() == essentials.Rest(now, "ada")
    assert essentials.wake()
    assert not essentials.wake()
    assert essentials.resting() is None


def test_the_environment_turns_it_on_for_good(settings: Any, boss: Client) -> None:
    settings.DEGRADED_MODE = True
    essentials.wake()
    rest = essentials.resting()
    assert rest
    assert rest.fixed
    said = boss.get(reverse("admin:monitors_essentials_changelist")).content.decode()
    assert "DEGRADED_MODE" in said
    assert 'value="off"' not in said


def test_what_a_monitor_watches_is_unknown_at_once_and_what_staff_declare_stands() -> None:
    page = make_page()
    watched, broken = make_component(page), make_component(page)
    # Once an hour: by itself it would be green for hours.
    monitors = [make_monitor([each], interval=3600) for each in (watched, broken)]
    for monitor in monitors:
        heard_up(monitor)
    open_incident(page, {broken: Status.MAJOR_OUTAGE}, now=timezone.now())
    essentials.rest("ada", timezone.now())

    probing.sweep()

    shown = {
        each.id: each.status
        for each in read(page, now=timezone.now(), sequence=1, by=installation()).components
    }
    assert shown == {watched.public_id: Status.UNKNOWN, broken.public_id: Status.MAJOR_OUTAGE}
    spans = Span.objects.count()
    probing.sweep()
    assert Span.objects.count() == spans


def test_nothing_is_probed_and_what_was_on_its_way_is_dropped() -> None:
    monitor = make_monitor([make_component()])
    heard_up(monitor)
    essentials.rest("ada", timezone.now())
    before = Monitor.objects.get().due_at
    probing.sweep()

    probing.tick()
    late = Seen(monitor.pk, timezone.now(), UP)
    probing.record("default", [late.to_json()])

    assert Monitor.objects.get().due_at == before
    assert not Span.objects.filter(
        status=Status.OPERATIONAL, source=f"monitor:{monitor.pk}", during__upper_inf=True
    )


def test_after_it_monitors_speak_again_with_their_next_result() -> None:
    monitor = make_monitor([make_component()])
    heard_up(monitor)
    essentials.rest("ada", timezone.now())
    probing.sweep()
    essentials.wake()

    probing.sweep()
    heard_up(monitor)

    assert (
        Span.objects.get(source=f"monitor:{monitor.pk}", during__upper_inf=True).status == Status.OPERATIONAL
    )


@pytest.mark.django_db(transaction=True)
def test_staff_post_the_page_is_published_and_people_are_told(
    settings: Any, tmp_path: Path, boss: Client
) -> None:
    settings.STATE_DIR, settings.EMAIL_URL = tmp_path, ""
    page = make_page()
    make_component(page)
    make_target(page, tmp_path / "public")
    make_subscriber(page)
    essentials.rest("ada", timezone.now())

    address = reverse("admin:incidents_incident_add")
    typed = {"title_en": "Payments fail", "body_en": "We look into it.", "impact": "major", "notify": "on"}
    boss.post(address, typed | {"status": "investigating", "update_id": public_id()})
    incident = Incident.objects.get()
    for due in releases.due_of(Page.objects.all(), timezone.now()):
        releases.make_due(due, timezone.now(), installation())
    for target in Target.objects.all():
        publishing.push_target(target.pk)
    Delivery.objects.update(due_at=timezone.now())
    sending.send()

    assert "Payments fail" in (tmp_path / "public" / "index.html").read_text()
    assert incident.public_id in (tmp_path / "public" / "index.html").read_text()
    (mail,) = (tmp_path / "mail").iterdir()
    assert "Payments fail" in mail.read_text()


def test_sign_ups_rest_and_name_the_page_and_its_feed_and_leaving_goes_on(client: Client) -> None:
    page = make_page()
    form, ask = (reverse(f"subscribers:{name}", args=[page.public_id]) for name in ("form", "ask"))
    assert client.get(form).status_code == 200
    essentials.rest("ada", timezone.now())

    for answer in (client.get(form), client.post(ask, {"address": "new@example.com"})):
        assert answer.status_code == 503
        assert answer["Retry-After"] == "600"
        assert f"{page.url}/history.atom" in answer.content.decode()
    assert not Subscriber.objects.exists()
    assert client.get(reverse("subscribers:leave", args=["damaged"])).status_code != 503


def test_exports_rest_for_staff_and_strangers_are_asked_to_sign_in(boss: Client) -> None:
    essentials.rest("ada", timezone.now())
    export = reverse("admin:subscribers_subscriber_export")
    assert boss.get(export).status_code == 503
    assert Client().get(export).status_code == 302


def test_the_list_for_emergencies_is_not_written_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(publishing.offsite, "due", lambda *said: asked.append(said) or [])
    essentials.rest("ada", timezone.now())
    publishing.export()
    assert asked == []
    essentials.wake()
    publishing.export()
    assert len(asked) == 1


def test_every_screen_says_so_and_only_who_may_turns_it_off(boss: Client) -> None:
    boss.post(reverse("admin:monitors_essentials_switch"), {"to": "on"})
    assert "Degraded mode" in boss.get(reverse("admin:incidents_incident_changelist")).content.decode()

    looker = User.objects.create_user("eve", password="a long enough password", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_essentials"))
    eve = Client()
    eve.force_login(looker)
    assert (
        "<button"
        not in eve.get(reverse("admin:monitors_essentials_changelist"))
        .content.decode()
        .split('<div class="console">')[1]
        .split("</section>")[0]
    )
    assert eve.post(reverse("admin:monitors_essentials_switch"), {"to": "off"}).status_code == 403
    assert boss.get(reverse("admin:monitors_essentials_switch")).status_code == 405
    boss.post(reverse("admin:monitors_essentials_switch"), {"to": "off"})
    assert essentials.resting() is None
