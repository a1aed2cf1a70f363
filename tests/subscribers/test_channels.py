"""What every channel keeps to: one test for all of them, and one more channel that is a class and a line."""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from io import StringIO
from typing import Any, ClassVar

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from subscribers import deliver, signup
from subscribers.channels import CHANNELS, chat, webhook
from subscribers.channels.base import AddressError, ChannelDown, Clock, Means, Message, Outcome, Result
from subscribers.models import Delivery, DeliveryState, State, Subscriber
from subscribers.signup import Wish
from tests.make import make_page
from tests.subscribers.conftest import Receiver, SmtpServer
from tests.subscribers.make import NOW, make_means, make_subscriber, make_told, notify
from tests.subscribers.make import Clock as Standing
from tests.subscribers.wires import CHATS, TOKEN, Wire, http_wire, mail_wire

SLACK = "https://hooks.slack.com/services/T0ABCDEF1/B0ABCDEF1/abcdefghijklmnopqrstuvwx"
DISCORD = "https://discord.com/api/webhooks/112233445566778899/" + "a" * 68
MATTERMOST = "https://chat.example.com/hooks/abcdefghijklmnopqrstuvwxyz"
FLOW = (
    "/workflows/0123456789abcdef/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers&sv=1.0&sig=abc-_1"
)
TEAMS = "https://default0123.45.environment.api.powerplatform.com/powerautomate/automations/direct" + FLOW
# Per channel: what is typed, and what becomes of it.
GOOD: dict[str, dict[str, str]] = {
    "email": {" Reader@Example.COM ": "reader@example.com"},
    "webhook": {"https://hooks.example.com/a?b=c": "https://hooks.example.com/a?b=c"},
    "slack": {
        f" {SLACK} ": SLACK,
        SLACK.replace("hooks.", "HOOKS.").replace(".com/", ".com:443/"): SLACK,
        f"{SLACK}?x=1#y": SLACK,
        SLACK.replace("slack.com", "slack-gov.com"): SLACK.replace("slack.com", "slack-gov.com"),
    },
    "teams": {
        TEAMS: TEAMS,
        TEAMS.replace(".com/", ".com:443/"): TEAMS,
        f"https://prod-05.westeurope.logic.azure.com:443{FLOW}": (
            f"https://prod-05.westeurope.logic.azure.com{FLOW}"
        ),
    },
    "discord": {
        DISCORD: DISCORD,
        DISCORD.replace("discord.com", "discordapp.com"): DISCORD,
        DISCORD.replace("https://", "https://canary.").replace("/api/", "/api/v10/") + "?wait=true": DISCORD,
        f"{DISCORD}?thread_id=998877": f"{DISCORD}?thread_id=998877",
        f"{DISCORD}?thread_id=99%0d%0a88": DISCORD,
    },
    "mattermost": {
        MATTERMOST: MATTERMOST,
        f"{MATTERMOST}/?x=1": MATTERMOST,
        "http://mm.example.com:8065/sub/hooks/abcdefghij": "http://mm.example.com:8065/sub/hooks/abcdefghij",
    },
}
NOWHERE = [
    "",
    "hello",
    "javascript:alert(1)",
    "//hooks.slack.com/services/T/B/x",
    "https://user:secret@hooks.slack.com/services/T0/B0/abcdefgh",
    "https://10.0.0.1/hooks/abcdefghijklmnopqrstuvwxyz",
    "https://169.254.169.254/hooks/abcdefghijklmnopqrstuvwxyz",
    "https://[::ffff:169.254.169.254]/hooks/abcdefghijklmnopqrstuvwxyz",
    "https://0x7f.1/hooks/abcdefghijklmnopqrstuvwxyz",
    "https://localhost/hooks/abcdefghijklmnopqrstuvwxyz",
    "https://example.com/\r\nHost: evil",
    "https://" + "a" * 3_000,
]
STRANGE: dict[str, list[str]] = {
    "email": ["a@localhost", "a@[169.254.169.254]", "a b@example.com", "a@example.com\r\nBcc: b@example.com"],
    "webhook": [],
    "slack": [
        SLACK.replace("https", "http"),
        SLACK.replace("slack.com", "slack.com.evil.example"),
        SLACK.replace("hooks.slack.com", "evilhooks.slack.com"),
        SLACK.replace("hooks.slack.com", "hooks.slack.com."),
        SLACK.replace("hooks.slack.com", "hooks.slack.com:8443"),
        SLACK.replace("hooks.slack.com", "8.8.8.8"),
        SLACK.replace("/services/", "/services/../api/"),
        SLACK.replace("/services/", "/services/%2e%2e/"),
        "https://hooks.slack.com/",
        "https://evil.example/https://hooks.slack.com/services/T0/B0/abcdefgh",
        MATTERMOST,
        DISCORD,
    ],
    "teams": [
        TEAMS.replace("https", "http"),
        TEAMS.replace("powerplatform.com", "powerplatform.com.evil.example"),
        TEAMS.replace("default0123.45.environment.api.", "evil"),
        "https://api.powerplatform.com" + FLOW,
        TEAMS.partition("?")[0],
        TEAMS.replace("&sig=", "&gis="),
        "https://acme.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4",
        "https://logic.azure.com.evil.example" + FLOW,
        SLACK,
    ],
    "discord": [
        DISCORD.replace("https", "http"),
        DISCORD.replace("discord.com", "discord.com.evil.example"),
        DISCORD.replace("discord.com", "evil-discord.com"),
        f"{DISCORD}/slack",
        f"{DISCORD}/../../../users/@me",
        "https://discord.com/api/webhooks/",
        "https://discord.com/channels/1/2",
        SLACK,
    ],
    "mattermost": [
        "https://chat.example.com/",
        "https://chat.example.com/hooks/",
        "https://chat.example.com/hooks/abcdefghij/more",
        "https://chat.example.com/hooks/abc%2fdefghij",
    ],
}


@pytest.fixture(params=sorted(CHANNELS))
def wire(request: pytest.FixtureRequest, receiver: Receiver, smtp: SmtpServer) -> Wire:
    return mail_wire(smtp) if request.param == "email" else http_wire(request.param, receiver)


@pytest.fixture(params=CHATS)
def chat_wire(request: pytest.FixtureRequest, receiver: Receiver) -> Wire:
    return http_wire(request.param, receiver)


def test_every_channel_is_tested_here() -> None:
    assert set(GOOD) == set(STRANGE) == set(CHANNELS)


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_an_address_has_one_normal_form(channel: str) -> None:
    means = make_means(webhook_allow=type(make_means().webhook_allow)())
    for typed, normal in GOOD[channel].items():
        assert CHANNELS[channel].clean(typed, means) == normal
        assert CHANNELS[channel].clean(normal, means) == normal


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_a_bad_address_is_refused_with_a_sentence(channel: str) -> None:
    means = make_means(webhook_allow=type(make_means().webhook_allow)())
    for typed in NOWHERE + STRANGE[channel]:
        with pytest.raises(AddressError) as refused:
            CHANNELS[channel].clean(typed, means)
        assert str(refused.value).endswith((".", "…")), typed


@pytest.mark.parametrize("channel", CHATS)
def test_only_a_literal_in_an_allowed_network_may_stand_for_a_service(channel: str) -> None:
    address = "http://127.0.0.1:8080/anything?x=1"
    assert CHANNELS[channel].clean(f"{address}#y", make_means()) == address
    for other in ("http://8.8.8.8/x", "http://8.8.8.8:8080/hooks/x", "http://allowed.example/x"):
        with pytest.raises(AddressError):
            CHANNELS[channel].clean(other, make_means())


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_an_address_is_shown_without_what_makes_it_a_secret(channel: str) -> None:
    shown = [CHANNELS[channel].shown(address) for address in GOOD[channel].values()]
    if channel == "email":
        assert shown == ["reader@example.com"]
        return
    for address, said in zip(GOOD[channel].values(), shown, strict=True):
        assert said.partition("/")[0] == address.split("/")[2]
        assert len(said.partition("/")[2]) <= 5


def test_a_message_is_made_in_both_languages(wire: Wire) -> None:
    wire.answers("ok")
    told = make_told(
        title={"en": "Checkout fails", "fr": "Le paiement échoue"}, workaround={"en": "Pay cash."}
    )

    wire.send(wire.message(told=told), wire.message(told=told, language="fr", delivery_id=2))

    english, french = sorted(wire.received(), key=lambda text: "Enquête" in text)
    for text in (english, french):
        assert "https://status.example.com/" in text
        assert "https://app.example.com/" in text
        assert "Pay cash." in text
    assert "Checkout fails" in english
    assert "Le paiement échoue" in french
    if not CHANNELS[wire.channel].every_event:
        for text, words in (
            (english, ("Investigating", "Next update before 22 November 2026, 15:30 CET", "Checkout")),
            (french, ("Enquête en cours", "Prochaine mise à jour avant le 22 novembre 2026", "Paiement")),
        ):
            assert not [word for word in words if word not in text]


def test_times_are_in_the_zone_of_the_reader(wire: Wire) -> None:
    if CHANNELS[wire.channel].every_event:
        pytest.skip("Software reads times with their offset.")
    wire.answers("ok")

    wire.send(wire.message(time_zone="America/New_York"))
    wire.send(wire.message(time_zone="Nowhere/Gone"))

    new_york, of_the_page = wire.received()
    assert "09:30 EST" in new_york
    assert "15:30 CET" in of_the_page


@pytest.mark.parametrize(
    ("answer", "results"),
    [("ok", {Result.SENT}), ("later", {Result.FAILED}), ("never", {Result.GONE, Result.REFUSED})],
)
def test_an_answer_is_taken_at_its_word(wire: Wire, answer: str, results: set[Result]) -> None:
    wire.answers(answer)

    (outcome,) = wire.send(wire.message())

    assert outcome.result in results
    assert bool(outcome.error) == (answer != "ok")


def test_who_cannot_be_reached_is_tried_again(wire: Wire) -> None:
    if wire.channel == "email":
        wire.means = make_means(mail_url="smtp://127.0.0.1:9")
        with pytest.raises(ChannelDown):
            wire.send(wire.message())
        return
    wire.address = f"http://127.0.0.1:9/hooks/{TOKEN}"

    (outcome,) = wire.send(wire.message())

    assert outcome.result == Result.FAILED


def test_who_hangs_is_tried_again(wire: Wire, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    if wire.channel == "email":
        pytest.skip("A tarpit of mail is a test of its own (test_smtp.py).")
    monkeypatch.setattr(chat, "FIRST_DEADLINE", 0.2)
    monkeypatch.setattr(webhook, "FIRST_DEADLINE", 0.2)
    wire.address = f"{receiver.url}/hang/{TOKEN}"

    (outcome,) = wire.send(wire.message())

    assert (outcome.result, outcome.error) == (Result.FAILED, "No complete answer in time.")


def test_a_notice_that_is_none_breaks_nothing_else(wire: Wire) -> None:
    wire.answers("ok")
    told = make_told()
    broken = wire.message(told=type(told)(**{**_fields(told), "id": 2, "payload": "nothing"}))

    outcomes = wire.send(broken, wire.message(delivery_id=2))

    assert {outcome.delivery_id: outcome.result for outcome in outcomes} == {1: Result.BROKEN, 2: Result.SENT}


def _fields(told: Any) -> dict[str, Any]:
    return {name: getattr(told, name) for name in told.__dataclass_fields__}


@pytest.mark.parametrize("answer", ["later", "never"])
def test_no_secret_and_no_answer_is_kept_or_logged(
    wire: Wire, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    if wire.channel == "email":
        pytest.skip("An address of mail is no secret, and a server's words are what staff need.")
    caplog.set_level(logging.DEBUG)
    wire.answers(answer)
    message = wire.message()

    (outcome,) = wire.send(message)

    assert outcome.error.startswith("HTTP ")
    assert len(outcome.error) == len("HTTP 404")
    said = " ".join([repr(message), repr(outcome), repr(wire.means), caplog.text])
    assert TOKEN not in said
    assert "whsec_" not in said
    assert "<b>" not in said


@pytest.mark.parametrize(
    ("headers", "said", "seconds"),
    [({"Retry-After": "7"}, b"", 7), ({}, b'{"retry_after": 1.5}', 1.5), ({}, b'{"retry_after": "x"}', None)],
)
def test_a_chat_waits_as_long_as_it_is_asked_to(
    chat_wire: Wire, receiver: Receiver, headers: dict[str, str], said: bytes, seconds: float | None
) -> None:
    receiver.answer = lambda _request: (429, headers)
    receiver.said = said

    (outcome,) = chat_wire.send(chat_wire.message())

    assert outcome.result == Result.FAILED
    assert outcome.retry_after == (timedelta(seconds=seconds) if seconds else None)


@pytest.mark.parametrize(
    ("channel", "status", "said"),
    [
        ("slack", 403, b"action_prohibited"),
        ("slack", 410, b"channel_is_archived"),
        ("discord", 401, b'{"message": "Invalid Webhook Token", "code": 50027}'),
        ("teams", 410, b""),
        ("mattermost", 404, b'{"id":"app.channel.get.existing.app_error"}'),
    ],
)
def test_a_chat_that_is_gone_is_gone(receiver: Receiver, channel: str, status: int, said: bytes) -> None:
    receiver.answer = lambda _request: (status, {})
    receiver.said = said
    wire = http_wire(channel, receiver)
    assert [each.result for each in wire.send(wire.message())] == [Result.GONE]


@pytest.mark.parametrize(
    ("channel", "status", "said"),
    [
        ("slack", 400, b"invalid_payload"),
        ("slack", 500, b"rollup_error"),
        ("discord", 400, b"{}"),
        ("discord", 403, b"<html>"),
        ("teams", 401, b""),
        ("teams", 302, b""),
        ("mattermost", 404, b"404 page not found"),
        ("mattermost", 404, b"[" * 50_000),
        ("mattermost", 400, b'{"id":"web.incoming_webhook.text.app_error"}'),
        ("mattermost", 501, b'{"id":"web.incoming_webhook.disabled.app_error"}'),
    ],
)
def test_a_chat_that_has_trouble_is_tried_again(
    receiver: Receiver, channel: str, status: int, said: bytes
) -> None:
    receiver.answer = lambda _request: (status, {"Location": "/elsewhere"})
    receiver.said = said
    wire = http_wire(channel, receiver)
    assert [each.result for each in wire.send(wire.message())] == [Result.FAILED]
    assert len(receiver.requests) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Updates of Acme will be posted here"), ("fr", "Les mises à jour de Acme seront publiées ici")],
)
def test_a_chat_proves_itself_by_its_first_message(chat_wire: Wire, language: str, words: str) -> None:
    page = make_page(name="Acme")
    chat_wire.answers("later")
    signup.request(page, chat_wire.channel, chat_wire.address, Wish(language=language, time_zone="UTC"), NOW)
    clock = Standing()

    deliver.run(chat_wire.channel, make_means(), clock, NOW + timedelta(seconds=20))
    assert Subscriber.objects.get().state == State.PENDING

    chat_wire.answers("ok")
    clock.forward(minutes=5)
    deliver.run(chat_wire.channel, make_means(), clock, clock() + timedelta(seconds=20))

    subscriber = Subscriber.objects.get()
    assert (subscriber.state, subscriber.language, subscriber.time_zone) == (State.ACTIVE, language, "UTC")
    assert words in chat_wire.received()[-1]
    assert "https://app.example.com/" in chat_wire.received()[-1]


@pytest.mark.django_db
def test_a_chat_that_is_gone_hears_nothing_more(chat_wire: Wire) -> None:
    page = make_page()
    make_subscriber(page, channel=chat_wire.channel, address=chat_wire.address)
    notify(page)
    chat_wire.answers("never")

    deliver.run(chat_wire.channel, make_means(), Standing(), NOW + timedelta(seconds=20))

    assert Subscriber.objects.get().state == State.DISABLED
    assert Delivery.objects.get().state == DeliveryState.DEAD


@pytest.mark.django_db
def test_a_newer_message_takes_the_place_of_one_that_waits(chat_wire: Wire) -> None:
    page = make_page()
    make_subscriber(page, channel=chat_wire.channel, address=chat_wire.address)
    notify(page, "incident.created")
    notify(page, "incident.updated")
    states = Delivery.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == [DeliveryState.CANCELLED, DeliveryState.PENDING]


@pytest.mark.parametrize("channel", CHATS)
def test_nobody_reads_in_a_chat_what_is_older_than_a_day(channel: str) -> None:
    assert sum(CHANNELS[channel].schedule, timedelta()) <= timedelta(days=1)


class Pigeon:
    """A channel that exists in this file alone."""

    label: ClassVar[str] = "Pigeon"
    address_label: ClassVar[str] = "Loft"
    input_type: ClassVar[str] = "text"
    every_event: ClassVar[bool] = False
    answers_ping: ClassVar[bool] = True
    schedule: ClassVar[tuple[timedelta, ...]] = (timedelta(), timedelta(hours=1))

    def __init__(self) -> None:
        self.flown: list[Message] = []

    def clean(self, address: str, means: Means) -> str:
        if not address.startswith("loft "):
            raise AddressError("This is no loft.")
        return address

    def shown(self, address: str) -> str:
        return address

    def send(self, messages: Iterable[Message], means: Means, clock: Clock) -> Iterator[Sequence[Outcome]]:
        for message in messages:
            self.flown.append(message)
            yield [Outcome(message.delivery_id, Result.SENT)]


@pytest.mark.django_db
def test_a_new_channel_is_one_file_and_one_line(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    pigeon = Pigeon()
    monkeypatch.setitem(CHANNELS, "pigeon", pigeon)
    page = make_page()
    form = client.get(reverse("subscribers:form", args=[page.public_id]), {"channel": "pigeon"})
    assert b"Loft" in form.content
    signup.request(page, "pigeon", "loft 7", Wish(language="en"), NOW)
    deliver.run("pigeon", make_means(), Standing(), NOW + timedelta(seconds=20))
    notify(page)
    deliver.run("pigeon", make_means(), Standing(), NOW + timedelta(seconds=20))

    assert [message.notice.event for message in pigeon.flown] == ["subscription.confirm", "incident.created"]
    out = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=out)
    assert "No changes detected" in out.getvalue()


def test_what_is_posted_is_json_and_no_more(chat_wire: Wire, receiver: Receiver) -> None:
    chat_wire.send(chat_wire.message())
    (request,) = receiver.requests
    json.loads(request.body)
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert not [name for name in request.headers if name.startswith("webhook-")]
