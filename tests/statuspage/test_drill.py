"""Drills: a whole outage through the real pipeline, here moved on step by step."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from incidents.models import Incident, TeamChannel, TeamMessage
from monitors import essentials, record
from monitors.models import Component, Monitor, Page
from monitors.probes.base import Outcome, Result
from monitors.reasons import Reason
from monitors.seen import Seen
from statuspage import releases
from statuspage.drill import figures, hidden, panel, running, scene
from statuspage.drill.scene import Place
from statuspage.follow import Follower
from statuspage.installation import installation
from statuspage.models import Drill, File, Release, Target
from statuspage.push import behind, push
from subscribers import deliver
from subscribers.means import means
from subscribers.models import Delivery, Notice, Subscriber
from tests.make import make_page

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = "ada@example.com"


class World:
    """All that runs beside the drill, moved on by hand; each second of it is one of its own."""

    def __init__(self, folder: Path, settings: Any) -> None:
        self.settings = settings
        self.place = Place("http://app.example", "http://checked.example", folder / "drill")
        self.now = timezone.now()

    def start(self, email: str = MAIL) -> Drill:
        return running.start(self.place, self.now, email=email, language="en")

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def check(self) -> None:
        """What a regional worker and the core do: look at the address that is watched."""
        self.wait(10)
        monitor = Monitor.objects.get(page__hidden=True)
        answer = Client().get(urlsplit(monitor.config["url"]).path)
        failed = Outcome.failed(Reason.STATUS, 3.0, answer.status_code)
        seen = Outcome(Result.UP, 3.0) if answer.status_code == 200 else failed
        record.record_batch("default", [Seen(monitor.pk, self.now, seen)], self.now)

    def publish(self) -> None:
        """What a worker for "publish" does."""
        self.wait(1)
        for page in releases.due_of(hidden.published(), self.now):
            releases.make_due(page, self.now, installation())
        for target in behind(self.now):
            assert push(target, self.now, installation())

    def send(self) -> None:
        """What a worker for "send" does."""
        self.wait(1)
        deliver.run("email", means(self.settings), lambda: self.now, self.now + timedelta(seconds=5), list)

    def look(self) -> Drill:
        self.wait(1)
        running.advance(self.place, self.now)
        return Drill.objects.get()

    def break_it(self) -> None:
        self.start()
        self.check()
        self.publish()
        assert self.look().broken_at == self.now

    def everything(self) -> None:
        """A whole drill."""
        self.break_it()
        for _time in range(2):
            self.check()
        self.look()
        self.publish()
        self.send()
        self.look()
        self.check()
        self.look()
        self.publish()
        self.send()
        self.look()


@pytest.fixture
def world(tmp_path: Path, settings: Any) -> World:
    settings.STATE_DIR = tmp_path
    make_page(name="Acme")
    return World(tmp_path, settings)


def told(drill: Drill) -> str:
    return str(drill.why.get("message", ""))


def test_a_drill_goes_through_everything_and_measures_it(world: World, tmp_path: Path) -> None:
    world.break_it()
    broken = world.now
    world.check()
    assert world.look().detected_at is None
    world.check()
    found = world.now
    drill = world.look()
    assert (drill.detected_at, drill.posted_at) == (found, world.now)
    assert world.look().public_at is None
    world.publish()
    index = (tmp_path / "drill" / str(drill.pk) / "index.html").read_text()
    assert "Drill: nothing is wrong" in index
    world.send()
    sent = world.now
    drill = world.look()
    assert drill.noticed_at == sent
    assert drill.public_at
    assert drill.detected_at
    # What lies in the folder says when: by the real clock.
    assert drill.detected_at <= drill.public_at <= world.now
    world.check()
    assert world.look().recovered_at == world.now
    world.publish()
    assert world.look().finished_at is None
    world.send()
    drill = world.look()
    assert (drill.finished_at, drill.failure) == (world.now, "")
    assert figures.took(drill, drill.detected_at) == (found - broken).total_seconds()


def test_nothing_is_left_of_it_but_its_figures(world: World, tmp_path: Path) -> None:
    world.everything()
    page = Page.every.get(hidden=True)

    assert Drill.objects.get().failure == ""
    for model in (Component, Monitor, Incident, Subscriber, Notice, Delivery, Target, Release, File):
        rows = (
            model.objects.filter(notice__page=page) if model is Delivery else model.objects.filter(page=page)
        )
        assert not rows.exists(), model
    assert scene.left() is None
    assert not (tmp_path / "drill").exists()
    assert not Page.objects.filter(pk=page.pk).exists()
    world.wait(120)
    assert page not in releases.due_of(hidden.published(), world.now)


def test_no_subscriber_hears_of_it_and_no_web_process_serves_it(world: World, tmp_path: Path) -> None:
    acme = Page.objects.get()
    reader = Subscriber.objects.create(
        page=acme, channel="email", address="reader@example.com", state="active", created_at=world.now
    )
    world.break_it()
    for _time in range(2):
        world.check()
    world.look()
    world.publish()
    follower = Follower(tmp_path / "shelves")
    follower.look()

    assert Delivery.objects.count() == 1
    assert not Delivery.objects.filter(subscriber=reader).exists()
    assert set(follower.shelves) == {acme.domain}
    assert not Incident.objects.filter(page=acme).exists()


def test_only_one_goes_on_at_a_time(world: World) -> None:
    world.start()
    with pytest.raises(running.CannotDrill, match="going on"):
        world.start()
    assert Drill.objects.count() == 1


def test_in_degraded_mode_there_is_none(world: World) -> None:
    essentials.rest("ada", world.now)
    with pytest.raises(running.CannotDrill, match="degraded"):
        world.start()


@pytest.mark.parametrize(
    ("done", "step", "why"),
    [
        ((), "broken_at", "No check came"),
        (("check",), "broken_at", "Nothing was published"),
        (("check", "publish", "look"), "detected_at", "see nothing wrong"),
        (("check", "publish", "look", "check", "check", "look", "send", "look"), "public_at", "Nothing was"),
        (
            ("check", "publish", "look", "check", "check", "look", "publish", "look"),
            "noticed_at",
            "still waits",
        ),
        (
            ("check", "publish", "look", "check", "check", "look", "publish", "send", "look"),
            "recovered_at",
            "although it is repaired",
        ),
    ],
)
def test_what_is_not_reached_in_time_is_named_and_cleared_away(
    world: World, done: tuple[str, ...], step: str, why: str
) -> None:
    world.start()
    for each in done:
        getattr(world, each)()
    world.now = Drill.objects.get().started_at + running.LIMIT
    drill = world.look()

    assert (drill.failure, drill.finished_at) == (step, world.now)
    assert why in told(drill)
    assert scene.left() is None


def test_an_address_that_cannot_be_checked_is_told_with_its_reason(world: World) -> None:
    world.start()
    monitor = Monitor.objects.get(page__hidden=True)
    world.wait(10)
    seen = Seen(monitor.pk, world.now, Outcome.failed(Reason.FORBIDDEN, 1.0))
    record.record_batch("default", [seen], world.now)
    world.now += running.LIMIT
    drill = world.look()

    assert drill.why["params"]["reason"]["message"] == "The address belongs to a private or reserved network."


def test_a_drill_that_nobody_moves_on_says_so_and_makes_room_for_the_next(world: World) -> None:
    drill = world.start()
    assert not figures.nobody_runs_it(drill, world.now)
    world.now += running.LIMIT + timedelta(minutes=1)
    assert figures.nobody_runs_it(drill, world.now)
    world.start()
    drill.refresh_from_db()

    assert drill.failure == "broken_at"
    assert Drill.objects.filter(finished_at=None).count() == 1


def test_it_is_stopped_at_once(world: World, tmp_path: Path) -> None:
    world.break_it()
    assert running.stop(world.place, world.now, "ada")
    drill = Drill.objects.get()

    assert (drill.failure, drill.why["params"]) == ("stopped", {"who": "ada"})
    assert scene.left() is None
    assert not running.stop(world.place, world.now)
    assert figures.last() is None


def test_what_is_watched_is_found_by_nobody_who_guesses(world: World, client: Client) -> None:
    page = hidden.hidden_page("http://app.example")
    path = hidden.path(page)
    assert client.get(path).content == b"ok"
    assert client.get(path + "incidents/x/").headers["Location"] == "/admin/statuspage/drill/"
    assert client.get(f"/drill/{page.public_id}/").status_code == 404
    assert client.post(path).status_code == 405
    assert client.get(f"/report/{page.public_id}/").status_code == 404
    assert client.get(f"/subscribe/{page.public_id}/").status_code == 404


def test_the_team_hears_of_it_first_where_its_channel_is_quicker(world: World) -> None:
    channel = TeamChannel.objects.create(name="ops", service="slack", url="https://hooks.example/x")
    world.start(email="")
    world.check()
    world.publish()
    world.look()
    for _time in range(2):
        world.check()
    world.look()
    message = TeamMessage.objects.get(channel=channel)
    assert "Drill: nothing is wrong" in message.values["title"]["en"]
    heard = world.now
    TeamMessage.objects.update(sent_at=heard)
    world.publish()

    assert world.look().noticed_at == heard


def month(world: World, drill: Drill, days: float) -> datetime:
    assert drill.finished_at is not None
    return drill.finished_at + timedelta(days=days)


def test_the_team_is_reminded_once_a_month_while_none_is_held(world: World) -> None:
    TeamChannel.objects.create(name="ops", service="slack", url="https://hooks.example/x")
    TeamMessage.objects.all().delete()
    world.everything()
    TeamMessage.objects.all().delete()
    drill = Drill.objects.get()
    for days, told in ((29.9, 0), (30.1, 1), (30.5, 1), (40, 1), (60.2, 2)):
        figures.remind(month(world, drill, days))
        assert TeamMessage.objects.count() == told, days
    assert figures.due_since(month(world, drill, 31)) == month(world, drill, 30)


def test_the_board_has_the_last_drill_and_says_when_another_is_due(world: World) -> None:
    user = User.objects.create_superuser("ada")
    pages = list(Page.objects.all())
    first = panel.context(pages, user, world.now)
    assert first is not None
    assert (first["last"], first["due"]) == (None, None)
    world.everything()
    later = panel.context(pages, user, world.now + timedelta(days=31))
    assert later is not None
    assert later["last"] == Drill.objects.get()
    assert later["tone"] == "degraded_performance"


def sign_in(client: Client, *codes: str) -> User:
    user = User.objects.create_user("ada", "ada@example.com", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client.force_login(user)
    return user


def test_whoever_may_only_look_starts_and_stops_nothing(world: World, client: Client) -> None:
    sign_in(client, "view_drill")
    text = client.get("/admin/statuspage/drill/").content.decode()
    assert "There was no drill yet." in text
    assert "/drill/start/" not in text
    assert client.post("/admin/statuspage/drill/start/", {"email": MAIL}).status_code == 403
    assert client.post("/admin/statuspage/drill/stop/").status_code == 403
    assert not Drill.objects.exists()


def test_staff_start_watch_and_stop_one(world: World, client: Client) -> None:
    user = sign_in(client, "view_drill", "add_drill", "change_drill")
    assert 'value="ada@example.com"' in client.get("/admin/statuspage/drill/").content.decode()
    refused = client.post("/admin/statuspage/drill/start/", {"email": ""})
    assert refused.status_code == 400
    assert "the team has no channel" in refused.content.decode()
    assert client.get("/admin/statuspage/drill/start/").status_code == 405
    client.post("/admin/statuspage/drill/start/", {"email": MAIL})
    assert Drill.objects.get().started_by == user
    text = client.get("/admin/statuspage/drill/", headers={"HX-Request": "true"}).content.decode()
    assert text.strip().startswith("<div id=")
    assert "waiting" in text
    client.post("/admin/statuspage/drill/stop/")
    assert "ada stopped it." in client.get("/admin/statuspage/drill/").content.decode()


def test_no_screen_lists_what_belongs_to_a_drill(world: World, client: Client) -> None:
    client.force_login(User.objects.create_superuser("ada"))
    world.break_it()
    for _time in range(2):
        world.check()
    world.look()
    for path in (
        "",
        "incidents/incident/",
        "monitors/page/",
        "monitors/component/",
        "monitors/monitor/",
        "statuspage/target/",
        "subscribers/subscriber/",
        "subscribers/notice/",
        "subscribers/delivery/",
    ):
        text = client.get(f"/admin/{path}").content.decode().split('id="content"')[1]
        assert "Drill: nothing is wrong" not in text, path
        assert MAIL not in text, path
        assert "drill.invalid" not in text, path
        assert ">Drill<" not in text, path
        assert ">drill<" not in text, path


def test_the_command_refuses_a_drill_that_tells_nobody() -> None:
    with pytest.raises(CommandError, match="nobody to tell"):
        call_command("drill")
    with pytest.raises(CommandError, match="no e-mail address"):
        call_command("drill", mail="nobody")
    assert not Drill.objects.exists()


def test_the_command_says_which_step_was_not_reached(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LIMIT", timedelta(0))
    with pytest.raises(CommandError, match=r"Not reached: In order, then broken\. No check came"):
        call_command("drill", mail=MAIL, stdout=StringIO())
    assert scene.left() is None
