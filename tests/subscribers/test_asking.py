"""Many questions in one statement: the same rules for each as if it came alone."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from monitors.models import Page
from subscribers import allowance, asking
from subscribers.asking import Question
from subscribers.models import Allowance, Delivery, Notice, Priority, State, Subscriber, Suppression
from subscribers.signup import Wish
from tests.make import make_page
from tests.subscribers.make import NOW, make_subscriber

pytestmark = pytest.mark.django_db


def make_question(page: Page, address: str, /, **values: Any) -> Question:
    wish = values.pop("wish", Wish("en"))
    return Question(
        **{
            "page": page.pk,
            "channel": "email",
            "address": address,
            "language": wish.language,
            "wish": asdict(wish),
            "network": "198.51.100.7",
        }
        | values
    )


def test_each_address_is_asked_for_itself() -> None:
    page, other = make_page(), make_page()
    questions = [
        make_question(page, "a@example.com", wish=Wish("fr", kinds="incident")),
        make_question(other, "a@example.com"),
        make_question(page, "b@example.com", network="2001:db8::/64"),
    ]

    assert asking.ask(questions, NOW) == [True, True, True]

    told = {
        (notice.page, notice.deliveries.get().subscriber.address, notice.payload["language"])
        for notice in Notice.objects.all()
    }
    assert told == {
        (page, "a@example.com", "fr"),
        (other, "a@example.com", "en"),
        (page, "b@example.com", "en"),
    }
    for delivery in Delivery.objects.all():
        assert delivery.subject == delivery.notice.subject == f"subscriber:{delivery.subscriber.public_id}"
        assert (delivery.priority, delivery.due_at) == (Priority.PERSON_WAITS, NOW)
        assert delivery.subscriber.asked_at == delivery.subscriber.created_at == NOW
    assert dict(Allowance.objects.values_list("key", "count")) == {"198.51.100.7": 2, "2001:db8::/64": 1}


def test_who_stands_twice_in_a_group_is_asked_once_for_what_came_first() -> None:
    page = make_page()
    questions = [
        make_question(page, "a@example.com", wish=Wish("fr")),
        make_question(page, "a@example.com", wish=Wish("en")),
    ]

    assert asking.ask(questions, NOW) == [True, True]
    assert Subscriber.objects.get().language == "fr"
    assert Notice.objects.get().payload["language"] == "fr"


def test_a_group_from_one_network_gets_the_share_of_one_network() -> None:
    page = make_page()
    first = [make_question(page, f"a{number}@example.com") for number in range(allowance.LIMIT - 1)]
    asking.ask(first, NOW)
    more = [make_question(page, f"b{number}@example.com") for number in range(3)]
    more.insert(1, make_question(page, "c@example.com", network="203.0.113.1"))

    assert asking.ask(more, NOW) == [True, True, False, False]
    addresses = Subscriber.objects.exclude(address__startswith="a").values_list("address", flat=True)
    assert set(addresses) == {"b0@example.com", "c@example.com"}
    assert asking.ask(more[3:], NOW + allowance.WINDOW) == [True]


def test_who_may_not_ask_does_not_stand_in_the_way_of_who_may() -> None:
    page = make_page()
    Allowance.objects.create(key="198.51.100.7", since=NOW, count=allowance.LIMIT)
    questions = [
        make_question(page, "a@example.com"),
        make_question(page, "a@example.com", network="203.0.113.1"),
    ]

    assert asking.ask(questions, NOW) == [False, True]
    assert Notice.objects.count() == 1


def test_an_address_that_is_barred_is_neither_stored_nor_asked() -> None:
    page = make_page()
    Suppression.objects.create(address="a@example.com", reason=Suppression.Reason.BOUNCED, created_at=NOW)
    gone = make_subscriber(page, address="b@example.com", state=State.DISABLED)
    Suppression.objects.create(address="b@example.com", reason=Suppression.Reason.STAFF, created_at=NOW)
    questions = [make_question(page, f"{name}@example.com") for name in "abc"]

    assert asking.ask(questions, NOW) == [True, True, True]
    assert Delivery.objects.get().subscriber.address == "c@example.com"
    assert set(Subscriber.objects.values_list("address", flat=True)) == {"b@example.com", "c@example.com"}
    gone.refresh_from_db()
    assert (gone.state, gone.asked_at) == (State.DISABLED, make_subscriber(page).asked_at)


@pytest.mark.parametrize("state", [State.ACTIVE, State.PAUSED])
def test_who_proved_themselves_stays_as_they_are_until_they_confirm(state: State) -> None:
    page = make_page()
    subscriber = make_subscriber(page, state=state, language="fr")

    asking.ask([make_question(page, subscriber.address)], NOW)

    subscriber.refresh_from_db()
    assert (subscriber.state, subscriber.language, subscriber.asked_at) == (state, "fr", NOW)
    assert Delivery.objects.get().subscriber == subscriber


@pytest.mark.parametrize(
    ("poison", "error"),
    [
        ({"page": 0}, IntegrityError),
        ({"address": "a\x00@example.com"}, DataError),
        ({"language": "x" * 9}, DataError),
    ],
    ids=["no such page", "no text", "too long"],
)
def test_all_are_asked_or_none(poison: dict[str, Any], error: type[Exception]) -> None:
    page = make_page()
    questions = [
        make_question(page, "a@example.com"),
        make_question(page, "b@example.com", **poison),
    ]

    with connection.cursor() as cursor:
        # Foreign keys are looked at when the transaction ends, which in this test is too late.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(error), transaction.atomic():
        asking.ask(questions, NOW)
    assert Subscriber.objects.count() == Allowance.objects.count() == 0


def test_a_group_is_one_statement_however_large(django_assert_num_queries: Any) -> None:
    page = make_page()
    with django_assert_num_queries(1):
        asking.ask([make_question(page, f"a{number}@example.com", network="") for number in range(100)], NOW)

    assert Delivery.objects.count() == 100
    assert not Allowance.objects.exists()


def test_every_table_is_reached_by_an_index() -> None:
    page = make_page()

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = plan_of(page)

    assert "one_subscriber_per_address" in plan
    assert "subscribers_suppression_address" in plan
    assert "subscribers_allowance_pkey" in plan
    assert "Seq Scan on" not in plan


def plan_of(page: Page) -> str:
    """How Postgres would write ten sign-ups."""
    seen: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(f"EXPLAIN {sql}", params, many, context)
        seen.extend(row[0] for row in context["cursor"].fetchall())
        execute("SELECT true WHERE false", None, many, context)
        return result

    with connection.execute_wrapper(explain):
        asking.ask([make_question(page, f"a{number}@example.com") for number in range(10)], NOW)
    return "\n".join(seen)


def test_a_day_later_the_same_group_is_asked_again() -> None:
    page = make_page()
    questions = [make_question(page, f"a{number}@example.com") for number in range(3)]
    for now in (NOW, NOW + timedelta(hours=23), NOW + asking.ASK_AGAIN):
        asking.ask(questions, now)

    assert Notice.objects.count() == 6
