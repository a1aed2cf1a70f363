"""How many came, left and stand."""

from datetime import date, timedelta
from typing import Any

import pytest

from subscribers.models import State, Subscriber
from subscribers.staff import counts
from subscribers.staff.charts import chart
from subscribers.staff.counts import Day
from tests.make import make_page
from tests.subscribers.make import NOW, make_subscriber

pytestmark = pytest.mark.django_db


def ago(days: int) -> Any:
    return NOW - timedelta(days=days)


def test_each_day_says_who_came_left_and_stood_at_its_end() -> None:
    page = make_page()
    make_subscriber(page, confirmed_at=ago(400))
    make_subscriber(page, confirmed_at=ago(3))
    make_subscriber(page, confirmed_at=ago(2), state=State.PAUSED)
    make_subscriber(page, confirmed_at=ago(3), ended_at=ago(1), state=State.UNSUBSCRIBED)
    make_subscriber(page, confirmed_at=ago(500), ended_at=ago(2), state=State.DISABLED)
    make_subscriber(page, confirmed_at=ago(500), ended_at=ago(300), state=State.UNSUBSCRIBED)
    make_subscriber(page, state=State.PENDING)
    make_subscriber(page, ended_at=ago(1), state=State.UNSUBSCRIBED)
    (course,) = counts.courses(5, "UTC", NOW)

    today = NOW.date()
    assert course.days == (
        Day(today - timedelta(days=4), 0, 0, 2),
        Day(today - timedelta(days=3), 2, 0, 4),
        Day(today - timedelta(days=2), 1, 1, 4),
        Day(today - timedelta(days=1), 0, 1, 3),
        Day(today, 0, 0, 3),
    )
    assert (course.standing, course.came, course.left, course.waiting, course.paused) == (3, 3, 2, 1, 1)


def test_a_day_begins_at_midnight_of_the_zone() -> None:
    page = make_page()
    make_subscriber(page, confirmed_at=NOW.replace(hour=23, minute=30) - timedelta(days=1))
    (paris,) = counts.courses(2, "Europe/Paris", NOW)
    (utc,) = counts.courses(2, "UTC", NOW)

    assert [day.came for day in paris.days] == [0, 1]
    assert [day.came for day in utc.days] == [1, 0]


def test_channels_stand_apart_and_pages_too() -> None:
    page, other = make_page(), make_page()
    for where, channel in ((page, "email"), (page, "webhook"), (other, "email")):
        make_subscriber(where, channel=channel, confirmed_at=ago(1))

    assert {each.channel: each.standing for each in counts.courses(3, "UTC", NOW)} == {
        "webhook": 1,
        "email": 2,
    }
    assert {each.channel: each.standing for each in counts.courses(3, "UTC", NOW, [other.pk])} == {"email": 1}


def test_it_is_one_statement_whose_answer_does_not_grow_with_the_subscribers(
    django_assert_num_queries: Any,
) -> None:
    page = make_page()
    Subscriber.objects.bulk_create(
        Subscriber(
            page=page,
            channel="email",
            address=f"reader{number}@example.com",
            state=State.ACTIVE,
            created_at=NOW,
            confirmed_at=ago(number % 900),
        )
        for number in range(2_000)
    )
    with django_assert_num_queries(1):
        (course,) = counts.courses(365, "UTC", NOW)
    assert course.standing == 2_000


def test_the_drawing_has_a_point_for_each_day_and_a_bar_for_each_that_moved() -> None:
    days = [Day(date(2026, 1, number + 1), number, 0, number * 10) for number in range(4)]
    drawn = chart(days)

    assert drawn.width == 40
    assert drawn.standing == "M0 100 H0 V100.0 H10 V66.7 H20 V33.3 H30 V0.0 H40 V100 Z"
    assert drawn.came.count("M") == 3
    assert drawn.left == ""
    assert chart([Day(date(2026, 1, 1), 0, 0, 0)]).standing == "M0 100 H0 V100 H10 V100 Z"
