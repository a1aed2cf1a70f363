import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from subscribers import allowance, tokens
from subscribers.models import Allowance, Delivery, DeliveryState, Notice, State, Subscriber, Suppression
from tests.make import make_component, make_group, make_page
from tests.subscribers.make import NOW, make_subscriber, notify
from tests.subscribers.test_preferences import close, fail, follow, make_incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    """As strict as a browser from another site: with CSRF checks, without a cookie."""
    return Client(enforce_csrf_checks=True)


def address(subscriber: Subscriber, more: str = "") -> str:
    return f"/subscription/{tokens.for_managing(subscriber.public_id)}/{more}"


def again(subscriber: Subscriber) -> Subscriber:
    return Subscriber.objects.get(pk=subscriber.pk)


def shown(response: Any) -> str:
    return response.content.decode()


def rows() -> list[Any]:
    """Everything that a page could change."""
    models = (Subscriber, Notice, Delivery, Allowance)
    return [list(model.objects.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]


def press(client: Client, subscriber: Subscriber, verb: str, **values: str) -> Any:
    return client.post(address(subscriber, f"{verb}/"), values, follow=True)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_speaks_the_subscribers_language(client: Client, language: str) -> None:
    subscriber = make_subscriber(make_page(), language=language, confirmed_at=NOW)
    other = {"en": "fr", "fr": "en"}[language]

    response = client.get(address(subscriber), headers={"Accept-Language": other})

    assert response.status_code == 200
    assert f'<html lang="{language}">' in shown(response)
    assert subscriber.address in shown(response)


def test_no_get_ever_changes_anything(client: Client) -> None:
    subscriber = make_subscriber(make_page(), channel="webhook")
    fail(subscriber)
    before = rows()

    for more in ("", "?done=paused", "data.json", "erase/"):
        assert client.get(address(subscriber, more)).status_code == 200
    for verb in ("pause", "resume", "test", "replay", "rotate"):
        response = client.get(address(subscriber, f"{verb}/"))
        assert (response.status_code, response.headers["Location"]) == (302, address(subscriber))
    assert client.get(address(subscriber, "unheard-of/")).status_code == 404

    assert rows() == before


def test_nothing_is_cached_indexed_or_passed_on_and_no_cookie_is_set(client: Client) -> None:
    subscriber = make_subscriber(make_page(), channel="webhook")
    responses = [client.get(address(subscriber, more)) for more in ("", "data.json", "erase/", "pause/")]
    responses += [client.post(address(subscriber, f"{verb}/")) for verb in ("test", "rotate", "erase")]
    responses += [client.get("/subscription/x/"), client.get(address(subscriber))]

    for response in responses:
        assert not response.cookies
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert not re.search(r'(src|href|action)="(https?:)?//(?!status)', shown(response))


@pytest.mark.parametrize("path", ["", "data.json", "erase/", "pause/"])
def test_a_forged_link_is_told_what_an_old_one_is(client: Client, path: str) -> None:
    subscriber = make_subscriber(make_page())
    leave, page = tokens.for_leaving(subscriber.public_id), tokens.for_form("x", NOW)
    expired = shown(client.get("/subscription/confirm/x/"))

    for forged in ("x", subscriber.public_id, f"{subscriber.public_id}:x", leave, page):
        response = client.get(f"/subscription/{forged}/{path}")
        assert response.status_code == 400
        assert shown(response) == expired
        posted = client.post(f"/subscription/{forged}/{path}")
        assert posted.status_code == 400
    assert again(subscriber).state == State.ACTIVE


def test_what_is_heard_is_changed_and_said_to_be(client: Client) -> None:
    page = make_page()
    group, component = make_group(page), make_component(page)
    within, also = make_component(page, group=group), make_component(page, group=group)
    subscriber = make_subscriber(page, component)
    values = {
        "scope": "some",
        "groups": [group.public_id],
        "components": [within.public_id],
        "kinds": "incident",
        "language": "fr",
        "time_zone": "America/Montreal",
    }

    response = client.post(address(subscriber), values, follow=True)

    assert response.redirect_chain == [(f"{address(subscriber)}?done=saved", 302)]
    assert "Enregistré." in shown(response)
    changed = again(subscriber)
    assert list(changed.groups.all()) == [group]
    # The group has it already, and whatever joins it later.
    assert list(changed.components.all()) == []
    assert (changed.kinds, changed.language, changed.time_zone) == ("incident", "fr", "America/Montreal")
    assert changed.everything is False
    assert also.group == group


@pytest.mark.parametrize(
    "values",
    [
        {"scope": "some"},
        {"scope": "some", "components": ["nonexistent0"]},
        {"scope": "some", "groups": ["nonexistent0"]},
        {"scope": "incident"},
        {"scope": "all", "language": "de"},
        {"scope": "all", "kinds": "weather"},
        {"scope": "all", "time_zone": "Mars/Olympus"},
        {"scope": "all", "time_zone": "../../etc/passwd"},
        {"scope": "all", "time_zone": "Europe/Paris\x00"},
        {"scope": "all", "subjects": ["incident:aaaaaaaaaaaa"]},
        {"scope": "all", "format": "xml"},
        {"scope": "all", "contact": "me@localhost"},
        {"scope": "all", "contact": "me@example.com\r\nBcc: you@example.com"},
    ],
)
def test_bad_input_gets_a_clear_error_and_changes_nothing(client: Client, values: dict[str, Any]) -> None:
    subscriber = make_subscriber(make_page(), channel="webhook", language="en")
    before = rows()

    response = client.post(address(subscriber), {"language": "en"} | values)

    assert response.status_code == 400
    assert 'role="alert"' in shown(response)
    assert rows() == before


def test_components_of_another_page_cannot_be_chosen(client: Client) -> None:
    subscriber, other = make_subscriber(make_page()), make_component(make_page())
    values = {"scope": "some", "language": "en", "components": [other.public_id]}

    assert client.post(address(subscriber), values).status_code == 400


def test_a_chosen_component_that_is_hidden_just_now_stays_chosen(client: Client) -> None:
    page = make_page()
    shown_one, hidden = make_component(page), make_component(page)
    subscriber = make_subscriber(page, hidden, shown_one)
    hidden.visible = False
    hidden.save()
    values = {"scope": "some", "language": "en", "components": [shown_one.public_id]}

    assert str(hidden) not in shown(client.get(address(subscriber)))
    client.post(address(subscriber), values)

    assert set(again(subscriber).components.all()) == {shown_one, hidden}


def test_followed_incidents_are_listed_by_title_and_let_go(client: Client) -> None:
    page = make_page()
    one, two = (make_incident(page, NOW) for _ in range(2))
    close(two, NOW + timedelta(hours=1))
    names = [f"incident:{incident.public_id}" for incident in (one, two)]
    subscriber = follow(page, *names)

    response = client.get(address(subscriber))
    assert shown(response).count("Payments fail") == 2
    assert shown(response).count("is over") == 1

    client.post(address(subscriber), {"scope": "incident", "language": "en", "subjects": names[:1]})
    assert again(subscriber).subjects == names[:1]

    response = client.post(address(subscriber), {"scope": "incident", "language": "en"})
    assert response.status_code == 400
    assert "Keep at least one" in shown(response)


def test_a_pause_ends_when_it_is_resumed(client: Client) -> None:
    subscriber = make_subscriber(make_page())
    notify(subscriber.page)

    assert "Paused." in shown(press(client, subscriber, "pause"))
    assert again(subscriber).state == State.PAUSED
    assert Delivery.objects.get().state == DeliveryState.CANCELLED

    assert "Resumed." in shown(press(client, subscriber, "resume"))
    assert again(subscriber).state == State.ACTIVE


def test_everything_that_is_kept_can_be_taken_away_without_a_secret(client: Client) -> None:
    page = make_page(name="Acme")
    component = make_component(page, name_en="Checkout")
    incident = make_incident(page, NOW)
    subscriber = make_subscriber(
        page,
        component,
        everything=True,
        channel="webhook",
        address="https://hooks.example.com/abcdefghijklmnop",
        contact="ops@example.com",
        proof="On paper, 3 May 2024",
        confirmed_at=NOW,
        subjects=[f"incident:{incident.public_id}"],
    )
    Subscriber.objects.update(previous_secret="whsec_before", previous_until=timezone.now())
    fail(make_subscriber(page, contact="somebody.else@example.com"))
    fail(subscriber)

    response = client.get(address(subscriber, "data.json"))
    told = json.loads(response.content)

    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="subscription-{subscriber.public_id}.json"'
    )
    said = told["subscription"]
    assert told["page"]["name"] == "Acme"
    assert said["components"] == [{"id": component.public_id, "name": "Checkout"}]
    assert said["followed"] == [{"id": f"incident:{incident.public_id}", "title": "Payments fail"}]
    assert (said["contact"], said["proof_of_consent"]) == ("ops@example.com", "On paper, 3 May 2024")
    assert said["confirmed_at"] == NOW.isoformat()
    assert [delivery["state"] for delivery in told["deliveries"]] == ["dead", "dead"][
        : len(told["deliveries"])
    ]
    assert told["deliveries"][-1]["error"] == "HTTP 500"
    text = response.content.decode()
    assert "whsec_" not in text
    assert subscriber.secret not in text
    assert "abcdefghijklmnop" not in text
    assert "somebody.else" not in text


def test_why_an_address_is_never_written_to_belongs_to_the_data(client: Client) -> None:
    subscriber = make_subscriber(make_page(), state=State.DISABLED)
    Suppression.objects.create(
        address=subscriber.address, reason=Suppression.Reason.BOUNCED, detail="550 5.1.1", created_at=NOW
    )

    told = json.loads(client.get(address(subscriber, "data.json")).content)

    assert told["suppressed"] == {"reason": "bounced", "detail": "550 5.1.1", "since": NOW.isoformat()}


def test_who_was_erased_is_gone(client: Client) -> None:
    subscriber = make_subscriber(make_page(name="Acme"))
    notify(subscriber.page)

    question = client.get(address(subscriber, "erase/"))
    assert "Yes, erase it" in shown(question)
    answer = client.post(address(subscriber, "erase/"))
    assert answer.status_code == 200
    assert "Nothing is kept about you" in shown(answer)
    assert not Subscriber.objects.exists()
    assert not Delivery.objects.exists()

    for path in ("", "erase/", "data.json"):
        gone = client.get(address(subscriber, path))
        assert gone.status_code == 410
        assert "Nothing is kept about you" in shown(gone)
    assert client.post(address(subscriber, "pause/")).status_code == 410


def test_the_new_secret_is_shown_once_and_the_old_one_signs_along(client: Client) -> None:
    subscriber = make_subscriber(make_page(), channel="webhook")
    old = subscriber.secret

    response = client.post(address(subscriber, "rotate/"))

    changed = again(subscriber)
    assert changed.secret in shown(response)
    assert old not in shown(response)
    assert (changed.previous_secret, changed.secret != old) == (old, True)
    page = shown(client.get(address(subscriber)))
    assert changed.secret not in page
    assert "Both secrets sign until" in page


def test_what_failed_is_listed_with_its_reason_and_sent_again(client: Client) -> None:
    subscriber = make_subscriber(make_page(), channel="webhook")
    first, second = fail(subscriber), fail(subscriber)

    page = shown(client.get(address(subscriber)))
    assert page.count("HTTP 500") == 2
    assert second.payload["title"]["en"] in page

    press(client, subscriber, "replay", notice=first.public_id)
    assert Delivery.objects.get(notice=first).state == DeliveryState.PENDING
    assert Delivery.objects.get(notice=second).state == DeliveryState.DEAD

    assert "on its way again" in shown(press(client, subscriber, "replay"))
    assert not Delivery.objects.filter(state=DeliveryState.DEAD).exists()


def test_nobody_sends_again_what_failed_for_others(client: Client) -> None:
    page = make_page()
    subscriber = make_subscriber(page, channel="webhook")
    other = fail(make_subscriber(make_page(), channel="webhook"))

    press(client, subscriber, "replay", notice=other.public_id)

    assert Delivery.objects.get().state == DeliveryState.DEAD


@pytest.mark.parametrize("channel", ["webhook", "slack"])
def test_a_test_is_sent_on_its_way(client: Client, channel: str) -> None:
    subscriber = make_subscriber(make_page(), channel=channel, address="https://hooks.example.com/a/b")

    assert "A test is on its way." in shown(press(client, subscriber, "test"))
    assert Delivery.objects.get().state == DeliveryState.PENDING


@pytest.mark.parametrize("verb", ["test", "rotate", "replay"])
def test_a_mailbox_has_no_use_for_what_software_needs(client: Client, verb: str) -> None:
    subscriber = make_subscriber(make_page())
    fail(subscriber)
    before = rows()[:3]

    page = shown(client.get(address(subscriber)))
    press(client, subscriber, verb)

    assert "secret" not in page
    assert address(subscriber, f"{verb}/") not in page
    assert rows()[:3] == before


@pytest.mark.parametrize("verb", ["test", "replay"])
def test_a_network_cannot_send_without_end(client: Client, verb: str) -> None:
    subscriber = make_subscriber(make_page(), channel="webhook")
    fail(subscriber)
    Allowance.objects.create(key="127.0.0.1", since=timezone.now(), count=allowance.LIMIT)
    before = rows()[:3]

    response = client.post(address(subscriber, f"{verb}/"))

    assert response.status_code == 429
    assert rows()[:3] == before


@pytest.mark.parametrize(
    ("state", "heading"),
    [
        (State.PAUSED, "Your subscription is paused"),
        (State.PENDING, "Your subscription is not confirmed yet"),
        (State.UNSUBSCRIBED, "Your subscription has ended"),
        (State.DISABLED, "Your subscription has ended"),
    ],
)
def test_every_state_has_its_page(client: Client, state: State, heading: str) -> None:
    subscriber = make_subscriber(make_page(), state=state, channel="webhook", ended_why="HTTP 410")

    page = shown(client.get(address(subscriber)))

    assert f"<h1>{heading}</h1>" in page
    assert ("HTTP 410" in page) == (state == State.DISABLED)
    assert address(subscriber, "data.json") in page
    assert address(subscriber, "erase/") in page
    assert (address(subscriber, "pause/") in page) == (state == State.ACTIVE)


@pytest.mark.parametrize("state", [State.PENDING, State.UNSUBSCRIBED, State.DISABLED])
def test_the_link_alone_brings_nobody_back(client: Client, state: State) -> None:
    subscriber = make_subscriber(make_page(), state=state, channel="webhook")
    before = rows()[:3]

    client.post(address(subscriber), {"scope": "all", "language": "en"})
    for verb in ("pause", "resume", "test", "replay", "rotate"):
        press(client, subscriber, verb)

    assert rows()[:3] == before


def test_titles_are_shown_as_text(client: Client) -> None:
    subscriber = make_subscriber(make_page(name="<b>"), channel="webhook")
    notice = notify(subscriber.page, title={"en": "<script>alert(1)</script>"})
    Delivery.objects.filter(notice=notice).update(state=DeliveryState.DEAD, error="<img src=x>")

    page = shown(client.get(address(subscriber)))

    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_who_reads_a_chat_learns_nothing_of_the_contact_and_takes_it_away_from_nobody(client: Client) -> None:
    hook = "https://hooks.slack.com/services/T0/B0/x"
    subscriber = make_subscriber(make_page(), channel="slack", address=hook, contact="ops@example.com")
    said = {"scope": "all", "language": "en"}

    for more in ("", "data.json"):
        assert "ops@example.com" not in shown(client.get(address(subscriber, more)))
    client.post(address(subscriber), said)
    assert again(subscriber).contact == "ops@example.com"
    client.post(address(subscriber), said | {"contact": "new@example.com"})
    assert again(subscriber).contact == "new@example.com"
