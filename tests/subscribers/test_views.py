import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from monitors.models import Page
from subscribers import allowance, links, signup, tokens
from subscribers.models import Allowance, Delivery, Notice, State, Subscriber
from subscribers.signup import Wish
from tests.make import make_component, make_page
from tests.subscribers.make import make_subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    """As strict as a browser from another site: with CSRF checks, without a cookie."""
    return Client(enforce_csrf_checks=True)


def shown(page_id: str, **ago: float) -> str:
    """What a form carries that was shown then."""
    return tokens.for_form(page_id, timezone.now() - timedelta(**ago or {"seconds": 2}))


def fields(page: Page, **values: Any) -> dict[str, Any]:
    filled = {
        "channel": "email",
        "address": "reader@example.com",
        "scope": "all",
        "language": "en",
        "shown": shown(page.public_id),
        "website": "",
    }
    return filled | values


def ask(client: Client, page: Page, **values: Any) -> Any:
    return client.post(f"/subscribe/{page.public_id}/send/", fields(page, **values))


def without_token(response: Any) -> str:
    return re.sub(r'name="shown" value="[^"]*"', "", response.content.decode())


@pytest.mark.parametrize("channel", ["email", "webhook"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_form_is_shown_in_the_language_that_was_asked_for(
    client: Client, channel: str, language: str
) -> None:
    page = make_page()
    make_component(page, name_en="Checkout", name_fr="Paiement")
    response = client.get(f"/subscribe/{page.public_id}/?language={language}&channel={channel}")

    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.content.decode()
    assert ("Paiement" if language == "fr" else "Checkout") in response.content.decode()
    assert f"{page.url}/{'fr/' if language == 'fr' else ''}history.atom" in response.content.decode()
    assert response.headers["Content-Language"] == language


@pytest.mark.parametrize(
    ("accept", "languages", "default", "expected"),
    [
        ("fr-CA,fr;q=0.9", ["en", "fr"], "en", "fr"),
        ("de", ["en", "fr"], "en", "en"),
        ("fr", ["en"], "en", "en"),
        ("en", ["fr"], "fr", "fr"),
        ("", ["en", "fr"], "fr", "fr"),
    ],
)
def test_without_a_wish_the_browser_decides_then_the_page(
    client: Client, accept: str, languages: list[str], default: str, expected: str
) -> None:
    page = make_page(languages=languages, default_language=default)
    headers = {"Accept-Language": accept} if accept else {}
    response = client.get(f"/subscribe/{page.public_id}/", headers=headers)

    assert f'<html lang="{expected}">' in response.content.decode()


def test_the_form_of_the_static_page_only_leads_to_a_page_with_a_button(client: Client) -> None:
    page = make_page()
    response = client.post(
        f"/subscribe/{page.public_id}/",
        {"email": "reader@example.com", "language": "fr"},
        headers={"Origin": "https://static.example.com", "Sec-Fetch-Site": "cross-site"},
    )
    text = response.content.decode()

    assert response.status_code == 200
    assert '<html lang="fr">' in text
    assert 'value="reader@example.com"' in text
    assert f'action="/subscribe/{page.public_id}/send/"' in text
    assert Subscriber.objects.count() == Allowance.objects.count() == 0


def test_the_button_asks_the_address_to_prove_itself(client: Client) -> None:
    page = make_page()
    component = make_component(page)

    response = ask(client, page, language="fr", scope="some", components=[component.public_id])

    assert response.status_code == 200
    assert Subscriber.objects.get().state == State.PENDING
    wish = Notice.objects.get().payload
    assert (wish["language"], wish["everything"], wish["components"]) == ("fr", False, [component.pk])
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("state", [None, *State])
def test_every_address_gets_the_same_answer(client: Client, state: State | None) -> None:
    # As long as each other: so are the answers.
    page = make_page(name="Acme", domain="status1.example.com")
    strange = ask(client, make_page(name="Acme", domain="status2.example.com"))
    if state:
        make_subscriber(page, address="reader@example.com", state=state, asked_at=timezone.now())

    response = ask(client, page)

    assert response.status_code == strange.status_code == 200
    assert response.content.replace(page.url.encode(), b"") == strange.content.replace(
        strange.context["page"].url.encode(), b""
    )
    assert {**response.headers, "Expires": ""} == {**strange.headers, "Expires": ""}


def test_a_webhook_sees_its_secret_once(client: Client) -> None:
    page = make_page()
    response = ask(client, page, channel="webhook", address="https://hooks.example.com/")

    secret = Subscriber.objects.get().secret
    assert secret in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]


def test_a_known_webhook_gets_the_same_answer_but_another_secret(client: Client) -> None:
    page = make_page()
    known = make_subscriber(page, channel="webhook", address="https://hooks.example.com/known")
    answers = [
        re.sub(r"whsec_[A-Za-z0-9+/=]+|hooks.example.com/\w+", "", response.content.decode())
        for response in (
            ask(client, page, channel="webhook", address=known.address),
            ask(client, page, channel="webhook", address="https://hooks.example.com/new"),
        )
    ]

    assert answers[0] == answers[1]


def test_no_cookie_is_ever_set_and_nothing_is_cached(client: Client) -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    leave = f"/unsubscribe/{tokens.for_leaving(subscriber.public_id)}/"
    responses = [
        client.get(f"/subscribe/{page.public_id}/"),
        client.post(f"/subscribe/{page.public_id}/", {"email": "x"}),
        ask(client, page),
        client.get(leave),
        client.post(leave),
        client.get("/subscription/confirm/x/"),
    ]

    for response in responses:
        assert not response.cookies
        assert "no-store" in response.headers["Cache-Control"]
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert "Vary" not in response.headers or "Cookie" not in response.headers["Vary"]


@pytest.mark.parametrize(
    "values",
    [
        {"address": ""},
        {"address": "reader@localhost"},
        {"address": "reader@example.com\r\nBcc: x@example.com"},
        {"address": "x" * 500_000 + "@example.com"},
        {"address": "\x00"},
        {"address": "<script>alert(1)</script>@example.com"},
        {"language": "de"},
        {"language": "<script>"},
        {"language": ""},
        {"scope": "none"},
        {"scope": "some"},
        {"scope": "some", "components": ["nonexistent0"]},
        {"scope": "some", "components": ["1 OR 1=1"]},
        {"channel": "webhook", "address": "javascript:alert(1)"},
        {"channel": "webhook", "address": "http://169.254.169.254/"},
        {"channel": "webhook", "address": "https://user:pw@example.com/"},
        {"website": "https://spam.example"},
        {"shown": ""},
        {"shown": "forged:1:x"},
    ],
)
def test_bad_input_gets_a_clear_error_and_changes_nothing(client: Client, values: dict[str, Any]) -> None:
    page = make_page()

    response = ask(client, page, **values)

    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert "<script" not in response.content.decode()
    assert Subscriber.objects.count() == Notice.objects.count() == 0


def test_a_component_that_is_hidden_or_of_another_page_cannot_be_chosen(client: Client) -> None:
    page = make_page()
    for component in (make_component(page, visible=False), make_component(make_page())):
        response = ask(client, page, scope="some", components=[component.public_id])

        assert response.status_code == 400


@pytest.mark.parametrize("path", ["/subscribe/nonexistent0/", "/subscribe/nonexistent0/send/"])
def test_a_page_that_does_not_exist_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == client.post(path).status_code == 404


def test_a_channel_that_does_not_exist_is_not_found(client: Client) -> None:
    page = make_page()

    assert ask(client, page, channel="carrier-pigeon").status_code == 404


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_not_allowed(client: Client, method: str) -> None:
    page = make_page()

    assert getattr(client, method)(f"/subscribe/{page.public_id}/").status_code == 405


def test_the_form_of_one_page_is_not_good_for_another(client: Client) -> None:
    response = ask(client, make_page(), shown=shown(make_page().public_id))

    assert response.status_code == 400


def test_a_form_that_was_open_for_too_long_is_shown_again_as_it_was_filled_in(
    client: Client, time_machine: Any
) -> None:
    page = make_page()
    old = tokens.for_form(page.public_id, timezone.now())
    time_machine.move_to(timezone.now() + timedelta(hours=25))

    response = ask(client, page, shown=old)

    assert response.status_code == 400
    assert "open for too long" in response.content.decode()
    assert 'value="reader@example.com"' in response.content.decode()


def test_a_network_that_asks_too_often_is_told_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "LIMIT", 2)
    page = make_page()
    answers = [ask(client, page, address=f"r{number}@example.com") for number in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "3600"
    assert Subscriber.objects.count() == 2


def confirm_path(page: Page, address: str = "reader@example.com", language: str = "en") -> str:
    signup.request(page, "email", address, Wish(language), timezone.now())
    return f"/subscription/confirm/{tokens.for_confirming(Notice.objects.latest('id').public_id)}/"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_link_in_the_mail_shows_a_button_that_confirms(client: Client, language: str) -> None:
    page = make_page()
    path = confirm_path(page, language=language)

    shown = client.get(path)
    assert shown.status_code == 200
    assert f'<html lang="{language}">' in shown.content.decode()
    assert Subscriber.objects.get().state == State.PENDING

    pressed = client.post(path)
    assert pressed.status_code == 200
    assert Subscriber.objects.get().state == State.ACTIVE


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_whoever_only_looks_at_links_changes_nothing(client: Client, method: str) -> None:
    page = make_page()
    path = confirm_path(page)
    subscriber = Subscriber.objects.get()
    for link in (path, f"/unsubscribe/{tokens.for_leaving(subscriber.public_id)}/"):
        getattr(client, method)(link)
        getattr(client, method)(link + "?List-Unsubscribe=One-Click")

    subscriber.refresh_from_db()
    assert subscriber.state == State.PENDING


def test_a_link_to_confirm_works_for_a_week(client: Client, time_machine: Any) -> None:
    page = make_page()
    path = confirm_path(page)
    time_machine.move_to(timezone.now() + timedelta(days=7, seconds=2))

    assert client.get(path).status_code == client.post(path).status_code == 400
    assert Subscriber.objects.get().state == State.PENDING


@pytest.mark.parametrize("token", ["x", "x:y:z", "a" * 5_000, "%00", "..", "incident0001:1abc:" + "A" * 43])
def test_a_token_that_is_not_ours_does_nothing(client: Client, token: str) -> None:
    for path in (f"/subscription/confirm/{token}/", f"/unsubscribe/{token}/"):
        assert client.get(path).status_code in (400, 404)
        assert client.post(path).status_code in (400, 404)


def test_a_token_is_good_for_its_own_purpose_alone(client: Client) -> None:
    page = make_page()
    confirm_path(page)
    subscriber, notice = Subscriber.objects.get(), Notice.objects.get()
    for path in (
        f"/subscription/confirm/{tokens.for_leaving(subscriber.public_id)}/",
        f"/subscription/confirm/{shown(notice.public_id)}/",
        f"/unsubscribe/{tokens.for_confirming(notice.public_id)}/",
    ):
        assert client.post(path).status_code == 400
    subscriber.refresh_from_db()
    assert subscriber.state == State.PENDING


ONE_CLICK = [
    {"data": {"List-Unsubscribe": "One-Click"}},
    {
        "data": "List-Unsubscribe=One-Click",
        "content_type": "application/x-www-form-urlencoded",
    },
    {"data": b"", "content_type": "text/plain"},
    {"data": b"\xff\xfe not a form", "content_type": "multipart/form-data; boundary=x"},
    {"data": b"x" * 2_000_000, "content_type": "application/octet-stream"},
]


@pytest.mark.parametrize("body", ONE_CLICK)
def test_one_click_unsubscribes_whatever_the_body_looks_like(client: Client, body: dict[str, Any]) -> None:
    subscriber = make_subscriber(make_page())
    path = f"/unsubscribe/{tokens.for_leaving(subscriber.public_id)}/"

    answers = [client.post(path, **body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    subscriber.refresh_from_db()
    assert subscriber.state == State.UNSUBSCRIBED


def test_leaving_shows_a_button_first(client: Client) -> None:
    subscriber = make_subscriber(make_page(), language="fr")
    path = f"/unsubscribe/{tokens.for_leaving(subscriber.public_id)}/"
    response = client.get(path)

    assert "<button>" in response.content.decode()
    assert '<html lang="fr">' in response.content.decode()
    subscriber.refresh_from_db()
    assert subscriber.state == State.ACTIVE


@pytest.mark.parametrize(("channel", "leads"), [("webhook", True), ("email", False)])
def test_the_link_that_a_webhook_carries_leads_to_the_subscription_too(
    client: Client, channel: str, leads: bool
) -> None:
    subscriber = make_subscriber(make_page(), channel=channel)
    text = client.get(f"/unsubscribe/{tokens.for_leaving(subscriber.public_id)}/").content.decode()

    assert (f"/subscription/{tokens.for_managing(subscriber.public_id)}/" in text) == leads


def test_the_form_of_a_chat_says_which(client: Client) -> None:
    page = make_page()
    for channel, name in (("slack", "Slack"), ("teams", "Microsoft Teams"), ("discord", "Discord")):
        assert f"({name})" in client.get(f"/subscribe/{page.public_id}/?channel={channel}").content.decode()


def test_whoever_was_erased_is_unsubscribed(client: Client) -> None:
    subscriber = make_subscriber(make_page())
    path = f"/unsubscribe/{tokens.for_leaving(subscriber.public_id)}/"
    subscriber.delete()

    assert client.get(path).status_code == client.post(path).status_code == 200


def test_links_of_old_mails_outlive_a_change_of_the_key(client: Client, settings: Any) -> None:
    subscriber = make_subscriber(make_page())
    path = links.leave("", subscriber.public_id)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one"

    assert client.post(path).status_code == 200
    subscriber.refresh_from_db()
    assert subscriber.state == State.UNSUBSCRIBED


def test_asking_costs_the_same_queries_for_every_address(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    page = make_page()
    for _ in range(5):
        make_component(page)
    with django_assert_max_num_queries(12):
        ask(client, page)
