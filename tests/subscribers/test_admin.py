"""The post room in the admin: what staff see, do, and must not be able to do."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import Page
from subscribers import signup
from subscribers.admin import importing as importing_pages
from subscribers.admin import lists
from subscribers.lists import importing
from subscribers.models import (
    Delivery,
    DeliveryState,
    ImportFile,
    Notice,
    State,
    Subscriber,
    Suppression,
)
from tests.make import make_component, make_page
from tests.subscribers.make import NOW, make_subscriber, notify

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(settings: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("owner", "owner@example.com", "long enough to be one"))
    # What a session costs once in five minutes is none of a list's costs; two queries of each count are how
    # a person wants the console, and whether all but posting rests.
    client.get("/admin/keys/")
    return client


def test_a_subscriber_is_found_by_address(client: Client) -> None:
    page = make_page()
    wanted, other = make_subscriber(page), make_subscriber(page)
    text = client.get("/admin/subscribers/subscriber/", {"q": wanted.address}).content.decode()

    assert wanted.address in text
    assert other.address not in text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_of_the_admin_shows_a_secret(client: Client, language: str) -> None:
    page = make_page()
    signup.request(page, "webhook", "https://hooks.example.com/", signup.Wish("en"), NOW)
    subscriber = page.subscribers.get()
    notify(page)
    paths = [
        "/admin/subscribers/subscriber/",
        f"/admin/subscribers/subscriber/{subscriber.pk}/change/",
        "/admin/subscribers/notice/",
        f"/admin/subscribers/notice/{Notice.objects.latest('id').pk}/change/",
        "/admin/subscribers/delivery/",
        f"/admin/subscribers/delivery/{Delivery.objects.latest('id').pk}/change/",
    ]
    for path in paths:
        response = client.get(path, headers={"Accept-Language": language})

        assert response.status_code == 200
        assert "whsec_" not in response.content.decode()
        assert subscriber.secret not in response.content.decode()


def test_a_secret_that_cannot_be_read_does_not_break_the_admin(client: Client, settings: Any) -> None:
    page = make_page()
    subscriber = make_subscriber(page, channel="webhook")
    notify(page)
    settings.DATA_KEYS = ["DOEoPnqZBZ1RpvxjCSkUTVZLy7Hh2iPTVY2eKn5Wpbs="]
    for path in ("subscriber/", f"subscriber/{subscriber.pk}/change/", "delivery/"):
        assert client.get(f"/admin/subscribers/{path}").status_code == 200


def test_the_notices_say_how_far_each_has_come(client: Client) -> None:
    page = make_page()
    for _ in range(7):
        make_subscriber(page)
    notify(page)
    first = Delivery.objects.order_by("id")
    for number, state in enumerate((DeliveryState.SENT, DeliveryState.SENT, DeliveryState.DEAD)):
        Delivery.objects.filter(pk=first[number].pk).update(state=state)
    text = client.get("/admin/subscribers/notice/").content.decode()

    counts = [
        f'<td class="field-{name}">{count}</td>'
        for name, count in (("told", 7), ("waiting", 4), ("failed", 1))
    ]
    assert all(cell in text for cell in counts)


def test_the_list_of_notices_costs_the_same_queries_for_one_and_for_many(
    client: Client, django_assert_num_queries: Any
) -> None:
    page = make_page()
    make_subscriber(page)
    for _ in range(20):
        notify(page)
    with django_assert_num_queries(9):
        client.get("/admin/subscribers/notice/")


def test_the_deliveries_of_one_notice_are_listed_as_their_index_has_them(client: Client) -> None:
    page = make_page()
    make_subscriber(page)
    notice = notify(page)
    with CaptureQueriesContext(connection) as done:
        client.get("/admin/subscribers/delivery/", {"notice": notice.pk})
    listed = [
        query["sql"] for query in done.captured_queries if 'ORDER BY "subscribers_delivery' in query["sql"]
    ]
    # "notice" and "subscriber" are its columns; the newest first would be looked for among all others.
    assert ['ORDER BY "subscribers_delivery"."subscriber_id" DESC' in sql for sql in listed] == [True]


def test_a_dead_delivery_says_why_and_starts_anew(client: Client) -> None:
    page = make_page()
    for _ in range(2):
        make_subscriber(page)
    notify(page)
    Delivery.objects.update(state=DeliveryState.DEAD, attempts=10, error="550 no such user", finished_at=NOW)
    one, other = Delivery.objects.order_by("id")
    shown = client.get("/admin/subscribers/delivery/", {"state__exact": "dead"}).content.decode()
    assert "550 no such user" in shown

    action = {"action": "retry", "_selected_action": [one.pk]}
    client.post("/admin/subscribers/delivery/", action)

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, one.attempts, one.finished_at) == (DeliveryState.PENDING, 0, None)
    assert other.state == DeliveryState.DEAD


def test_all_dead_deliveries_of_a_notice_start_anew(client: Client) -> None:
    page = make_page()
    sent, dead = make_subscriber(page), make_subscriber(page)
    notice = notify(page)
    Delivery.objects.filter(subscriber=sent).update(state=DeliveryState.SENT)
    Delivery.objects.filter(subscriber=dead).update(state=DeliveryState.DEAD)

    client.post("/admin/subscribers/notice/", {"action": "retry", "_selected_action": [notice.pk]})

    assert Delivery.objects.get(subscriber=dead).state == DeliveryState.PENDING
    assert Delivery.objects.get(subscriber=sent).state == DeliveryState.SENT


def test_staff_may_unsubscribe_an_address(client: Client) -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    notify(page)

    action = {"action": "unsubscribe", "_selected_action": [subscriber.pk]}
    client.post("/admin/subscribers/subscriber/", action)

    subscriber.refresh_from_db()
    assert subscriber.state == State.UNSUBSCRIBED
    assert Delivery.objects.get().state == DeliveryState.CANCELLED


def test_nothing_is_typed_in(client: Client) -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    for model in ("subscriber", "notice", "delivery"):
        assert client.get(f"/admin/subscribers/{model}/add/").status_code == 403

    client.post(f"/admin/subscribers/subscriber/{subscriber.pk}/change/", {"address": "x@example.com"})
    before = subscriber.address
    subscriber.refresh_from_db()
    assert subscriber.address == before


SLACK = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopWXYZ"
PROOF = "Contract of 2024, section 7"
SUBSCRIBERS = "/admin/subscribers/subscriber/"


def viewer(*permissions: str) -> Client:
    """Somebody who may see everything here, and do what is named."""
    user = User.objects.create_user(
        f"viewer{User.objects.count()}", is_staff=True, email="viewer@example.com"
    )
    views = [f"view_{model}" for model in ("subscriber", "notice", "delivery", "suppression")]
    named = Permission.objects.filter(
        content_type__app_label="subscribers", codename__in=[*views, *permissions]
    )
    user.user_permissions.set(named)
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    parts = response.streaming_content if response.streaming else [response.content]
    return b"".join(parts).decode()


def do(client: Client, subscriber: Subscriber, verb: str, **values: str) -> int:
    return client.post(f"{SUBSCRIBERS}{subscriber.pk}/do/{verb}/", values).status_code


def state_of(subscriber: Subscriber) -> str | None:
    return Subscriber.objects.filter(pk=subscriber.pk).values_list("state", flat=True).first()


def upload(client: Client, onto: Page, text: str | bytes, **values: Any) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("list.csv", content)
    return client.post(
        f"{SUBSCRIBERS}import/", {"page": onto.pk, "file": file, "proof": PROOF, "how": "tell"} | values
    )


def test_the_address_of_a_chat_is_a_secret_in_every_list_and_log(client: Client) -> None:
    page = make_page()
    chat = make_subscriber(page, channel="slack", address=SLACK)
    notice = notify(page)
    Delivery.objects.update(state=DeliveryState.DEAD, error="HTTP 404")
    do(client, chat, "unsubscribe")
    delivery = Delivery.objects.get()
    for path in (
        SUBSCRIBERS,
        "/admin/subscribers/notice/",
        f"/admin/subscribers/notice/{notice.pk}/change/",
        "/admin/subscribers/delivery/?state__exact=dead",
        f"/admin/subscribers/delivery/{delivery.pk}/change/",
        f"{SUBSCRIBERS}{chat.pk}/history/",
        "/admin/",
    ):
        assert "abcdefghijklmnop" not in client.get(path).content.decode()
    assert "hooks.slack.com/…WXYZ" in client.get(SUBSCRIBERS).content.decode()
    assert not LogEntry.objects.filter(object_repr__contains="abcdefghijklmnop").exists()
    # Whoever may change it may see it, where they ask for it; nobody else.
    detail = f"{SUBSCRIBERS}{chat.pk}/change/"
    assert SLACK in client.get(detail).content.decode()
    assert SLACK not in viewer().get(detail).content.decode()


@pytest.mark.parametrize("search", ["ada@", "ADA@example", "example.com", "da@ex"])
def test_an_address_is_found_by_any_part_of_it(client: Client, search: str) -> None:
    page = make_page()
    make_subscriber(page, address="ada@example.com")
    make_subscriber(page, address="bob@other.net")
    text = client.get(SUBSCRIBERS, {"q": search}).content.decode()

    assert "ada@example.com" in text
    assert "bob@other.net" not in text


def test_a_list_costs_the_same_for_few_and_many_and_counts_no_further_than_anybody_turns(
    client: Client, django_assert_num_queries: Any
) -> None:
    page = make_page()
    component = make_component(page)
    for _ in range(60):
        make_subscriber(page, component)
    # Session, user, count, page of the list with components and groups, and the page's filter.
    with django_assert_num_queries(9) as done:
        client.get(SUBSCRIBERS)
    counted = [query["sql"] for query in done.captured_queries if "COUNT(" in query["sql"]]
    assert all("LIMIT 2001" in sql for sql in counted)
    assert counted


def test_a_longer_list_than_anybody_turns_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNTED", 5)
    page = make_page()
    for _ in range(7):
        make_subscriber(page)
    assert "search, or choose a filter" in client.get(SUBSCRIBERS).content.decode()


def test_the_list_of_deliveries_never_counts_or_sorts_the_whole_table(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    page = make_page()
    for _ in range(3):
        make_subscriber(page)
    notice = notify(page)
    paths = ("", "?state__exact=dead", "?state__exact=pending&channel__exact=email", f"?notice={notice.pk}")
    for query in (*paths, "?q=reader"):
        with django_assert_max_num_queries(8) as done:
            assert client.get(f"/admin/subscribers/delivery/{query}").status_code == 200
        for asked in done.captured_queries:
            if "COUNT(" in asked["sql"] and "subscribers_delivery" in asked["sql"]:
                assert "LIMIT 2001" in asked["sql"] or "LIMIT 20000" in asked["sql"]


def test_the_page_of_a_subscriber_says_in_words_what_they_hear(client: Client) -> None:
    page = make_page(time_zone="Europe/Paris")
    component = make_component(page, name_en="Checkout")
    subscriber = make_subscriber(
        page, component, kinds="incident", language="fr", proof=PROOF, time_zone="America/New_York"
    )
    notify(page, "incident.created", component)
    text = client.get(f"{SUBSCRIBERS}{subscriber.pk}/change/").content.decode()

    for said in (
        "Components: Checkout.",
        "Messages: outages only.",
        "In French, times in America/New_York.",
        PROOF,
        "Checkout fails",
    ):
        assert said in text


def test_staff_pause_resume_test_suppress_and_erase(client: Client) -> None:
    page = make_page()
    mail, hook = make_subscriber(page), make_subscriber(page, channel="webhook")
    do(client, mail, "pause")
    assert state_of(mail) == State.PAUSED
    do(client, mail, "resume")
    assert state_of(mail) == State.ACTIVE
    do(client, hook, "test")
    do(client, mail, "test")
    assert [each.subscriber_id for each in Delivery.objects.all()] == [hook.pk]
    do(client, mail, "suppress", reason="asked by phone")
    assert state_of(mail) == State.DISABLED
    assert Suppression.objects.get().detail == "asked by phone"
    do(client, hook, "suppress")
    assert Suppression.objects.count() == 1
    do(client, hook, "erase")
    assert state_of(hook) is None
    said = list(LogEntry.objects.order_by("id").values_list("change_message", flat=True))
    assert any("asked by phone" in message for message in said)


def test_whoever_is_erased_is_in_no_log_either(client: Client) -> None:
    subscriber = make_subscriber(make_page(), address="ada@example.com")
    do(client, subscriber, "pause")
    do(client, subscriber, "erase")

    assert LogEntry.objects.filter(object_repr=subscriber.public_id).count() == 2
    assert not LogEntry.objects.filter(object_repr__contains="ada@").exists()


def test_several_are_erased_or_suppressed_after_a_question(client: Client) -> None:
    page = make_page()
    ada, bob = make_subscriber(page), make_subscriber(page)
    chosen = {"_selected_action": [ada.pk, bob.pk]}
    asked = client.post(SUBSCRIBERS, chosen | {"action": "erase"})
    assert "Erase for good" in asked.content.decode()
    assert state_of(ada) == State.ACTIVE
    client.post(SUBSCRIBERS, chosen | {"action": "suppress", "sure": "1", "reason": "left us"})
    assert Suppression.objects.filter(detail="left us").count() == 2
    client.post(SUBSCRIBERS, chosen | {"action": "erase", "sure": "1"})
    assert not Subscriber.objects.exists()


def test_whoever_may_only_look_can_do_nothing() -> None:
    page = make_page()
    subscriber = make_subscriber(page, state=State.ACTIVE)
    notice = notify(page)
    Delivery.objects.update(state=DeliveryState.DEAD)
    Suppression.objects.create(address="x@example.com", reason="staff", created_at=NOW)
    eyes = viewer()
    for verb in ("pause", "resume", "unsubscribe", "test", "suppress", "erase"):
        assert do(eyes, subscriber, verb) == 403
        client_action = {"action": verb, "_selected_action": [subscriber.pk], "sure": "1"}
        eyes.post(SUBSCRIBERS, client_action)
    for path in (
        f"{SUBSCRIBERS}import/",
        f"{SUBSCRIBERS}export/",
        "/admin/subscribers/delivery/again/",
        f"/admin/subscribers/notice/try/?notice={notice.pk}",
        "/admin/subscribers/suppression/add/",
    ):
        assert eyes.post(path, {"channel": "email", "language": "en"}).status_code == 403
    eyes.post("/admin/subscribers/notice/", {"action": "retry", "_selected_action": [notice.pk]})
    lift = {"action": "lift", "_selected_action": [Suppression.objects.get().pk]}
    eyes.post("/admin/subscribers/suppression/", lift)

    assert state_of(subscriber) == State.ACTIVE
    assert Delivery.objects.get().state == DeliveryState.DEAD
    assert Suppression.objects.count() == 1
    for path in (SUBSCRIBERS, f"{SUBSCRIBERS}overview/", f"{SUBSCRIBERS}{subscriber.pk}/change/"):
        text = eyes.get(path).content.decode()
        assert "Unsubscribe</button>" not in text
        assert "import/" not in text
    board = eyes.get(f"/admin/subscribers/notice/{notice.pk}/change/").content.decode()
    assert "again</button>" not in board
    assert "as a test" not in board


def test_nothing_is_done_by_a_get(client: Client) -> None:
    subscriber = make_subscriber(make_page())
    for verb in ("erase", "unsubscribe"):
        assert client.get(f"{SUBSCRIBERS}{subscriber.pk}/do/{verb}/").status_code == 405
    assert client.get(f"{SUBSCRIBERS}export/").status_code == 405
    assert client.get("/admin/subscribers/delivery/again/").status_code == 405
    assert state_of(subscriber) == State.ACTIVE
    assert client.get(f"{SUBSCRIBERS}{subscriber.pk}/delete/").status_code == 403


def test_an_import_shows_first_and_writes_when_it_is_confirmed(client: Client) -> None:
    page = make_page()
    make_subscriber(page, address="known@example.com")
    Suppression.objects.create(address="barred@example.com", reason="staff", created_at=NOW)
    answer = upload(client, page, "email\nnew@example.com\nknown@example.com\nbarred@example.com\n<b>bad\n")
    preview = client.get(answer.url)
    text = preview.content.decode()

    assert "Add 1 subscriber" in text
    assert "&lt;b&gt;bad" in text
    assert "barred@example.com" in text
    assert page.subscribers.count() == 1
    done = client.post(answer.url, follow=True).content.decode()
    assert "1 subscriber was added. 3 lines were left as they are." in done
    new = page.subscribers.get(address="new@example.com")
    assert (new.state, new.proof) == (State.ACTIVE, PROOF)
    assert not ImportFile.objects.exists()
    assert PROOF in LogEntry.objects.latest("id").change_message


def test_an_import_can_ask_each_or_be_forgotten(client: Client) -> None:
    page = make_page()
    asks = upload(client, page, "new@example.com\n", how="ask")
    client.post(asks.url)
    assert page.subscribers.get().state == State.PENDING
    forgotten = upload(client, page, "other@example.com\n")
    client.post(forgotten.url, {"forget": "1"})
    assert not ImportFile.objects.exists()
    assert client.post(forgotten.url).status_code == 404
    assert page.subscribers.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"proof": "  "}, "This field is required."),
        ({"file": ""}, "This field is required."),
        ({"page": "0"}, "Select a valid choice."),
        ({"how": "now"}, "Select a valid choice."),
    ],
)
def test_an_import_asks_for_what_is_missing(client: Client, change: dict[str, str], said: str) -> None:
    page = make_page()
    answer = upload(client, page, "new@example.com\n", **change)

    assert said in answer.content.decode()
    assert not ImportFile.objects.exists()


def test_a_file_that_is_no_list_is_refused_and_forgotten(client: Client) -> None:
    page = make_page()
    answer = upload(client, page, "Name,Town\nAda,Paris\n")
    text = client.get(answer.url, follow=True).content.decode()

    assert "No column of the first line" in text
    assert not ImportFile.objects.exists()


def test_a_file_may_be_large_but_not_endless(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = make_page()
    text = "email\n" + "".join(
        f"reader{number}@a-rather-long-domain.example.com\n" for number in range(30_000)
    )
    # More than DATA_UPLOAD_MAX_MEMORY_SIZE, which is about forms alone.
    assert len(text) > 1_000_000
    assert upload(client, page, text).status_code == 302
    monkeypatch.setattr(importing_pages, "MAX_BYTES", 1_000)
    assert "larger than 20 MB" in upload(client, page, text).content.decode()


def test_an_upload_is_for_its_author_alone_and_for_a_day(client: Client) -> None:
    page = make_page()
    answer = upload(client, page, "new@example.com\n")
    other = viewer("add_subscriber")
    assert other.get(answer.url).status_code == 404
    assert other.post(answer.url).status_code == 404
    made = ImportFile.objects.get().created_at
    assert importing.forget(made + timedelta(hours=23)) == 0
    assert importing.forget(made + timedelta(days=1)) == 1
    assert not page.subscribers.exists()


def test_the_export_is_what_the_list_shows(client: Client) -> None:
    page = make_page()
    make_subscriber(page, address="ada@example.com")
    make_subscriber(page, address="bob@example.com", state=State.UNSUBSCRIBED)
    make_subscriber(page, channel="slack", address=SLACK)
    answer = client.post(f"{SUBSCRIBERS}export/?state__exact=active")
    text = text_of(answer)

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert 'attachment; filename="subscribers-' in answer["Content-Disposition"]
    assert "ada@example.com" in text
    assert "bob@example.com" not in text
    assert "abcdefghijklmnop" not in text
    assert SLACK in text_of(client.post(f"{SUBSCRIBERS}export/", {"full": "1"}))
    assert "bob" not in text_of(client.post(f"{SUBSCRIBERS}export/?q=ada%40"))
    assert (
        "whole addresses"
        in LogEntry.objects.filter(change_message__contains="Export").order_by("id")[1].change_message
    )


def test_the_board_of_a_notice_counts_and_explains_and_tries_again(client: Client) -> None:
    page = make_page()
    for _ in range(6):
        make_subscriber(page)
    notice = notify(page)
    ids = list(notice.deliveries.order_by("id").values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=ids[:2]).update(
        state=DeliveryState.DEAD, error="HTTP 500", finished_at=NOW
    )
    Delivery.objects.filter(pk=ids[2]).update(
        state=DeliveryState.DEAD, error="550 5.1.1 <a@b.example> unknown user", finished_at=NOW
    )
    Delivery.objects.filter(pk=ids[3]).update(
        state=DeliveryState.SENT, finished_at=NOW + timedelta(seconds=3)
    )
    address = f"/admin/subscribers/notice/{notice.pk}/change/"
    text = client.get(address).content.decode()

    for said in (
        "1 of 6 sent.",
        "2 × E-mail · The receiver itself has failed.",
        "3.0 s",
        "Nobody is at this address.",
    ):
        assert said in text
    again = {"notice": notice.pk, "channel": "email", "reason": "HTTP 500"}
    assert client.post("/admin/subscribers/delivery/again/", again).url == address
    assert notice.deliveries.filter(state=DeliveryState.DEAD).count() == 1
    client.post("/admin/subscribers/delivery/again/", {"notice": notice.pk})
    assert notice.deliveries.filter(state=DeliveryState.DEAD).count() == 0


def test_the_board_asks_for_itself_only_while_something_waits(client: Client) -> None:
    page = make_page()
    make_subscriber(page)
    notice = notify(page)
    part = f"/admin/subscribers/notice/{notice.pk}/board/"
    assert f'hx-get="{part}"' in client.get(part).content.decode()
    assert "<html" not in client.get(part).content.decode()
    assert "htmx" in client.get(f"/admin/subscribers/notice/{notice.pk}/change/").content.decode()
    Delivery.objects.update(state=DeliveryState.SENT, finished_at=NOW)
    assert "hx-get" not in client.get(part).content.decode()
    assert "htmx" not in client.get(f"/admin/subscribers/notice/{notice.pk}/change/").content.decode()


def test_the_board_costs_the_same_for_few_and_many(client: Client, django_assert_num_queries: Any) -> None:
    page = make_page()
    for _ in range(40):
        make_subscriber(page)
    notice = notify(page)
    Delivery.objects.update(state=DeliveryState.DEAD, error="HTTP 500", finished_at=NOW)
    # Session, user, notice, progress, reasons.
    with django_assert_num_queries(6):
        client.get(f"/admin/subscribers/notice/{notice.pk}/board/")


def test_everything_that_failed_is_told_by_reason_and_started_anew_at_once(client: Client) -> None:
    page = make_page()
    for _ in range(5):
        make_subscriber(page)
    for _ in range(2):
        notify(page)
    Delivery.objects.update(state=DeliveryState.DEAD, error="HTTP 404", finished_at=NOW)
    text = client.get("/admin/subscribers/delivery/?state__exact=dead").content.decode()
    assert "10 × E-mail · The address is no longer there." in text
    client.post("/admin/subscribers/delivery/again/")
    assert not Delivery.objects.filter(state=DeliveryState.DEAD).exists()


def test_one_delivery_is_explained_and_started_anew(client: Client) -> None:
    page = make_page()
    make_subscriber(page)
    notify(page)
    Delivery.objects.update(state=DeliveryState.DEAD, error="552 5.2.2 mailbox full", finished_at=NOW)
    delivery = Delivery.objects.get()
    address = f"/admin/subscribers/delivery/{delivery.pk}/change/"
    assert "The mailbox takes nothing just now" in client.get(address).content.decode()
    assert client.post("/admin/subscribers/delivery/again/", {"delivery": delivery.pk}).url == address
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.PENDING


@pytest.mark.parametrize("hostile", ["1 OR 1=1", "-1", "9" * 40, "²", "\0"])
def test_strange_numbers_harm_nobody(client: Client, hostile: str) -> None:
    page = make_page()
    make_subscriber(page)
    notify(page)
    Delivery.objects.update(state=DeliveryState.DEAD)
    answers = (400,) if hostile == "\0" else (200, 302)
    for path in ("delivery/", "notice/try/"):
        assert client.get(f"/admin/subscribers/{path}", {"notice": hostile}).status_code in answers
    assert client.post("/admin/subscribers/delivery/again/", {"delivery": hostile}).status_code == 302


def test_a_test_goes_to_whoever_asks_by_the_real_channel_and_says_what_it_is(
    client: Client, settings: Any, smtp: Any
) -> None:
    settings.EMAIL_URL = smtp.url
    page = make_page(name="Acme")
    reader = make_subscriber(page)
    notice = notify(page)
    for language, mark in (("en", "Test"), ("fr", "Test")):
        form = {"channel": "email", "language": language, "address": reader.address}
        said = client.post(f"/admin/subscribers/notice/try/?notice={notice.pk}", form, follow=True)
        assert "The test was sent to owner@example.com." in said.content.decode()
        assert mark in str(smtp.sink.mails[-1]["Subject"])
    assert smtp.sink.recipients == ["owner@example.com"] * 2
    client.post("/admin/subscribers/notice/try/", {"channel": "email", "language": "fr"})
    assert "paiement" in str(smtp.sink.mails[-1]["Subject"])
    assert Delivery.objects.get().state == DeliveryState.PENDING
    assert Notice.objects.count() == 1


def test_a_test_says_what_the_other_side_said(
    client: Client, settings: Any, receiver: Any, smtp: Any
) -> None:
    settings.WEBHOOK_ALLOW = "127.0.0.0/8"
    make_page()
    try_it = "/admin/subscribers/notice/try/"
    form = {"channel": "webhook", "language": "en", "address": f"{receiver.url}/hook"}
    assert "The test was sent to 127.0.0.1" in client.post(try_it, form, follow=True).content.decode()
    assert receiver.requests[0].json["data"]["title"]["en"]
    receiver.answer = lambda _request: (503, {})
    said = client.post(try_it, form, follow=True).content.decode()
    assert "HTTP 503 The receiver itself has failed." in said
    settings.EMAIL_URL = smtp.url
    smtp.sink.answer_rcpt = lambda _address: "550 5.1.1 no such user"
    said = client.post(try_it, {"channel": "email", "language": "en"}, follow=True).content.decode()
    assert "no such user" in said


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://127.0.0.1:8000/", "private or reserved network"),
        ("http://169.254.169.254/latest/", "private or reserved network"),
        ("ftp://example.com/", "must begin with http"),
        ("", "must begin with http"),
    ],
)
def test_a_test_goes_nowhere_private(client: Client, receiver: Any, address: str, said: str) -> None:
    make_page()
    form = {"channel": "webhook", "language": "en", "address": address}
    assert said in client.post("/admin/subscribers/notice/try/", form).content.decode()
    assert receiver.requests == []


def test_without_an_address_of_their_own_staff_are_told_so(client: Client, settings: Any) -> None:
    User.objects.update(email="")
    make_page()
    answer = client.post("/admin/subscribers/notice/try/", {"channel": "email", "language": "en"})
    assert "has no e-mail address" in answer.content.decode()


def test_an_address_is_barred_with_a_reason_and_lifted_again(client: Client) -> None:
    page = make_page()
    reader = make_subscriber(page, address="ada@example.com")
    add = "/admin/subscribers/suppression/add/"
    assert "This field is required." in client.post(add, {"address": "ada@example.com"}).content.decode()
    assert "is not an e-mail" in client.post(add, {"address": "ada", "detail": "x"}).content.decode()
    client.post(add, {"address": " ADA@Example.com", "detail": "asked by letter"})
    barred = Suppression.objects.get()

    assert (barred.address, barred.reason, barred.detail) == ("ada@example.com", "staff", "asked by letter")
    assert state_of(reader) == State.DISABLED
    listed = client.get("/admin/subscribers/suppression/", {"q": "ada@"}).content.decode()
    assert "asked by letter" in listed
    assert client.get(f"/admin/subscribers/suppression/{barred.pk}/change/").status_code == 200
    client.post("/admin/subscribers/suppression/", {"action": "lift", "_selected_action": [barred.pk]})
    assert not Suppression.objects.exists()
    assert state_of(reader) == State.DISABLED


@pytest.mark.parametrize("query", ["", "?days=30", "?days=365&page=nowhere", "?days=99999", "?days=²"])
def test_the_course_of_subscribers_is_drawn_and_told(client: Client, query: str) -> None:
    page = make_page()
    for _ in range(3):
        make_subscriber(page, confirmed_at=timezone.now() - timedelta(days=2))
    text = client.get(f"{SUBSCRIBERS}overview/{query}").content.decode()

    assert "<strong>3</strong> subscribers in all." in text
    assert 'role="img"' in text
    assert "style=" not in text
