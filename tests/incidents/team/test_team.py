"""The team is told: once, at least once, by any service, and nobody who hangs holds up anybody."""

import json
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook
from werkzeug import Response

from incidents import tasks, team
from incidents.models import TeamChannel, TeamMessage
from incidents.team import both, outbox, said, sending
from incidents.team.wire import Way
from monitors.models import Page
from monitors.network.guard import Allow
from subscribers import signup
from tests.hooksink import hook_sink
from tests.incidents.make import NOW, minutes
from tests.make import make_page

pytestmark = pytest.mark.django_db
WAY = Way("https://app.example.com", Allow.parse("127.0.0.0/8"))
VALUES = said(
    both("Overdue: %(task)s", task="<!channel> [x](https://evil.example)"),
    both("Posted by itself."),
    "/admin/x/",
)


def make_channel(url: str, page: Page | None = None, service: str = "slack", **values: Any) -> TeamChannel:
    return TeamChannel.objects.create(
        name=f"{service} of the team",
        service=service,
        url=url,
        page=page,
        secret=signup.new_secret(),
        **values,
    )


def heard(server: HTTPServer, path: str = "/hook") -> list[Any]:
    return [json.loads(request.get_data()) for request, _answer in server.log if request.path == path]


def run(channel: TeamChannel, now: Any = NOW) -> int:
    return sending.run(channel.pk, lambda: now, WAY, now + minutes(1))


def test_a_thing_is_told_once_to_every_channel_of_the_page_and_of_all() -> None:
    page, other = make_page(), make_page()
    mine, all_pages = make_channel("https://a.example/1", page), make_channel("https://a.example/2")
    make_channel("https://a.example/3", other)
    make_channel("https://a.example/4", page, enabled=False)

    for _again in range(2):
        team.tell("test", "one", VALUES, page, NOW)
    assert {m.channel_id for m in TeamMessage.objects.all()} == {mine.pk, all_pages.pk}
    assert TeamMessage.objects.count() == 2

    team.tell("test", "two", VALUES, None, NOW)
    assert [m.channel_id for m in TeamMessage.objects.filter(key="two")] == [all_pages.pk]


@pytest.mark.parametrize("service", ["slack", "teams", "discord", "mattermost"])
def test_a_chat_gets_a_card_in_its_own_format_and_nothing_in_it_is_markup(
    httpserver: HTTPServer, service: str
) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    channel = make_channel(httpserver.url_for("/hook"), make_page(), service, language="fr")
    team.tell("test", "one", VALUES, channel.page, NOW)

    assert run(channel) == 1
    text = json.dumps(heard(httpserver), ensure_ascii=False)
    assert "En retard" in text
    assert "https://app.example.com/admin/x/" in text
    assert "<!channel>" not in text
    channel.refresh_from_db()
    assert (channel.failures, channel.error, channel.heard_at) == (0, "", NOW)


def test_a_webhook_is_signed_and_keeps_its_id(httpserver: HTTPServer) -> None:
    answers = iter([Response(status=500), Response(status=204)])
    httpserver.expect_request("/hook").respond_with_handler(lambda _request: next(answers))
    channel = make_channel(httpserver.url_for("/hook"), service="webhook")
    now = timezone.now()
    team.tell("update.posted", "one", VALUES, None, now)

    assert run(channel, now) == 0
    assert run(channel, now + minutes(1)) == 1

    first, second = (request for request, _answer in httpserver.log)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    said_ = Webhook(channel.secret).verify(first.get_data(), dict(first.headers))
    assert said_["type"] == "team.update.posted"
    assert said_["data"]["title"]["fr"].startswith("En retard")


def test_what_does_not_arrive_is_tried_again_and_in_the_end_given_up(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("no", status=500)
    channel = make_channel(httpserver.url_for("/hook"))
    team.tell("test", "one", VALUES, None, NOW)
    now = NOW
    for _attempt in range(len(outbox.SCHEDULE) + 3):
        run(channel, now)
        now += timedelta(hours=9)

    message = TeamMessage.objects.get()
    channel.refresh_from_db()
    assert len(httpserver.log) == message.attempts == channel.failures == len(outbox.SCHEDULE)
    assert message.given_up_at
    assert channel.error == "HTTP 500"
    assert outbox.forget(now + timedelta(days=8)) == 1


def test_a_sender_that_died_leaves_a_message_that_is_due_again() -> None:
    channel = make_channel("https://a.example/1")
    team.tell("test", "one", VALUES, None, NOW)

    assert outbox.claim(channel.pk, NOW)
    assert outbox.claim(channel.pk, NOW + outbox.LEASE - timedelta(seconds=1)) is None
    again = outbox.claim(channel.pk, NOW + outbox.LEASE)
    assert again
    assert again.attempts == 2


def test_one_that_kills_its_senders_comes_to_its_end() -> None:
    channel = make_channel("https://a.example/1")
    team.tell("test", "one", VALUES, None, NOW)
    now = NOW
    while outbox.claim(channel.pk, now):
        now += outbox.LEASE
    assert TeamMessage.objects.get().given_up_at == now


def test_a_private_network_is_reached_only_where_the_operator_allows_it(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/hook").respond_with_data("ok")
    channel = make_channel(httpserver.url_for("/hook"))
    team.tell("test", "one", VALUES, None, NOW)

    sending.run(channel.pk, lambda: NOW, Way("https://app.example.com", Allow()), NOW + minutes(1))

    channel.refresh_from_db()
    assert channel.error == "The address belongs to a private or reserved network."
    assert httpserver.log == []


def test_no_error_and_no_log_holds_the_address(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    channel = make_channel("http://127.0.0.1:1/services/very-secret")
    team.tell("test", "one", VALUES, None, NOW)
    TeamMessage.objects.update(values={"broken": True})
    run(channel)
    TeamMessage.objects.update(values={**VALUES, "page": "", "time_zone": "Etc/UTC"}, due_at=NOW)
    run(channel)

    channel.refresh_from_db()
    assert channel.failures == 2
    assert "secret" not in caplog.text + channel.error


@pytest.mark.django_db(transaction=True)
def test_a_channel_that_hangs_holds_up_neither_the_tick_nor_another_channel(
    tmp_path: Path, settings: Any
) -> None:
    settings.PROBE_ALLOW = "127.0.0.0/8"
    with hook_sink(tmp_path / "hooks") as sink:
        make_channel(f"{sink.url}/hang")
        good = make_channel(f"{sink.url}/hook")
        team.tell("test", "one", VALUES, None, timezone.now())

        tasks.tell_team()

        lanes = {each.name: each for each in threading.enumerate() if each.name.startswith("team channel")}
        # It may have come to its end by now.
        if (done := lanes.pop(f"team channel {good.pk}", None)) is not None:
            done.join()
        assert TeamMessage.objects.get(channel=good).sent_at
        (stuck,) = lanes.values()
        assert stuck.is_alive()
        # Nor is a second one begun beside it.
        assert sending.begin(timezone.now() + timedelta(hours=1), timezone.now, WAY) == []
    stuck.join()
