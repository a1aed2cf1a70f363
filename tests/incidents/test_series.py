"""Recurring maintenances: announced ahead, each occurrence once; what was decided about one stays so."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from incidents import maintain, post, series
from incidents.models import Maintenance, Series
from incidents.series import Announced, Plan
from incidents.words import PostError
from monitors.models import Component, Page
from subscribers.models import Delivery, Notice
from tests.incidents.make import NOW, make_subscriber, minutes, update_maintenance
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db

# A Sunday, 14:00 in UTC, 15:00 in Paris; the first occurrence is two days later.
TUESDAY = date(2026, 11, 24)
DAY = timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")


def make_plan(*components: Component, **values: Any) -> Plan:
    plan = Plan(
        title_en="Weekly restart",
        title_fr="Redémarrage hebdomadaire",
        body_en="We restart the servers.",
        body_fr="Nous redémarrons les serveurs.",
        components=components,
        rule="FREQ=WEEKLY",
        first_date=TUESDAY,
        start_time=time(2, 30),
        minutes=90,
        reminders=(1440, 60),
        announced=7,
    )
    return replace(plan, **values)


def begin(page: Page | None = None, *components: Component, now: datetime = NOW, **values: Any) -> Series:
    page = page or make_page(time_zone="Europe/Paris")
    return series.begin(page, make_plan(*components, **values), now)


def starts(one: Series, **filters: Any) -> list[str]:
    rows = Maintenance.objects.filter(series=one, **filters).order_by("scheduled_for")
    return [f"{row.scheduled_for.astimezone(PARIS):%m-%d %H:%M}" for row in rows]


def events() -> list[str]:
    return list(Notice.objects.order_by("id").values_list("event", flat=True))


def test_each_occurrence_is_announced_ahead_and_once() -> None:
    page = make_page(time_zone="Europe/Paris")
    component = make_component(page)
    one = begin(page, component)
    assert starts(one) == ["11-24 02:30"]
    [first] = one.maintenances.all()
    assert (first.title_en, first.reminders, first.reminded) == ("Weekly restart", [1440, 60], [])
    assert first.scheduled_until - first.scheduled_for == minutes(90)
    assert list(first.components.all()) == [component]
    assert one.due_at == datetime(2026, 11, 24, 2, 30, tzinfo=PARIS)
    assert series.tick(one.due_at - minutes(1)) == 0
    assert [series.tick(one.due_at), series.tick(one.due_at), series.tick(one.due_at + DAY)] == [1, 0, 0]
    assert starts(one) == ["11-24 02:30", "12-01 02:30"]
    one.refresh_from_db()
    assert one.made_until == datetime(2026, 12, 1, 2, 30, tzinfo=PARIS)


def test_its_clock_is_the_page_s_on_both_sides_of_summer_time() -> None:
    one = begin(now=datetime(2027, 3, 20, 12, tzinfo=PARIS), first_date=date(2027, 3, 21), announced=30)
    assert starts(one) == ["03-21 02:30", "03-28 03:30", "04-04 02:30", "04-11 02:30", "04-18 02:30"]
    one = begin(now=datetime(2027, 10, 18, tzinfo=PARIS), first_date=date(2027, 10, 24), announced=21)
    times = list(one.maintenances.order_by("scheduled_for").values_list("scheduled_for", flat=True))
    assert [f"{at:%m-%d %H:%M}" for at in times] == ["10-24 00:30", "10-31 00:30", "11-07 01:30"]


def test_what_was_missed_is_not_announced_afterwards() -> None:
    one = begin(rule="FREQ=DAILY")
    Maintenance.objects.all().delete()
    assert series.tick(NOW + 30 * DAY) == 7
    assert starts(one)[0] == "12-23 02:30"


def test_a_rule_that_has_ended_asks_for_nothing_more() -> None:
    one = begin(rule="FREQ=DAILY;COUNT=3")
    assert (len(starts(one)), one.due_at) == (3, None)
    assert series.tick(NOW + 30 * DAY) == 0


def test_together_they_are_one_message_for_readers_and_several_for_software() -> None:
    page = make_page(time_zone="Europe/Paris")
    reader, software = make_subscriber(page), make_subscriber(page, channel="webhook")
    one = begin(page, rule="FREQ=DAILY")
    assert len(starts(one)) == 6
    assert (reader.deliveries.count(), software.deliveries.count()) == (1, 6)
    first, *others = one.maintenances.order_by("scheduled_for")
    assert "24 November 2026, 02:30 CET" in first.updates.get().body_en
    assert "Dates :" in first.updates.get().body_fr.replace("\xa0", " ")
    assert others[0].updates.get().body_en == "We restart the servers."


def test_a_quiet_series_tells_nobody() -> None:
    page = make_page()
    make_subscriber(page)
    begin(page, notify=False, rule="FREQ=DAILY;COUNT=1")
    post.tick(NOW + 3 * DAY)
    assert Maintenance.objects.get().status == "completed"
    assert (Delivery.objects.count(), Maintenance.objects.get().reminders) == (0, [])


def test_one_that_was_moved_or_cancelled_stays_so() -> None:
    one = begin(rule="FREQ=DAILY", announced=4)
    moved, cancelled, _third = one.maintenances.order_by("scheduled_for")
    update_maintenance(moved, "scheduled", scheduled_for=moved.scheduled_for + minutes(300))
    update_maintenance(cancelled, "cancelled")
    Series.objects.update(due_at=NOW)
    assert series.tick(NOW + minutes(20)) == 0
    assert starts(one) == ["11-24 07:30", "11-25 02:30", "11-26 02:30"]
    followed = series.change(
        one,
        make_plan(rule="FREQ=DAILY", start_time=time(4), announced=4),
        Announced.FOLLOW,
        NOW + minutes(30),
    )
    assert (followed.changed, followed.cancelled) == (1, 0)
    assert starts(one, status="scheduled") == ["11-24 07:30", "11-26 04:00"]
    assert starts(one, status="cancelled") == ["11-25 02:30"]


def test_a_change_leaves_what_is_announced_unless_it_is_to_follow() -> None:
    one = begin(rule="FREQ=DAILY;COUNT=9", announced=4)
    plan = make_plan(rule="FREQ=DAILY;INTERVAL=2", start_time=time(5), announced=6)
    followed = series.change(one, plan, Announced.KEEP, NOW + minutes(5))
    assert (followed.changed, followed.cancelled) == (0, 0)
    assert starts(one) == ["11-24 02:30", "11-25 02:30", "11-26 02:30", "11-28 05:00"]


def test_what_follows_is_moved_within_its_day_or_cancelled_and_told_once() -> None:
    page = make_page(time_zone="Europe/Paris")
    reader = make_subscriber(page)
    one = begin(page, rule="FREQ=DAILY", announced=5)
    assert len(starts(one)) == 4
    new = make_component(page)
    plan = make_plan(new, rule="FREQ=DAILY;INTERVAL=2", start_time=time(5), title_en="Restart", announced=5)
    plan = replace(plan, reminders=(30,))
    followed = series.change(one, plan, Announced.FOLLOW, NOW + minutes(5))
    assert (followed.changed, followed.cancelled) == (2, 2)
    assert starts(one, status="scheduled") == ["11-24 05:00", "11-26 05:00"]
    assert starts(one, status="cancelled") == ["11-25 02:30", "11-27 02:30"]
    for row in one.maintenances.filter(status="scheduled"):
        assert (row.title_en, row.occurrence, row.reminders) == ("Restart", row.scheduled_for, [30])
        assert list(row.components.all()) == [new]
    # Announced, cancelled, changed: one message each.
    assert reader.deliveries.count() == 3
    assert series.tick(NOW + minutes(6)) == 0


def test_a_change_of_nothing_that_is_announced_tells_nobody() -> None:
    page = make_page(time_zone="Europe/Paris")
    reader = make_subscriber(page)
    one = begin(page)
    followed = series.change(one, make_plan(rule="FREQ=WEEKLY;COUNT=5"), Announced.FOLLOW, NOW + minutes(5))
    assert (followed.changed, followed.cancelled, reader.deliveries.count()) == (0, 0, 1)


def test_an_end_keeps_what_is_announced_or_cancels_all_of_it() -> None:
    kept, ended = begin(rule="FREQ=DAILY"), begin(rule="FREQ=DAILY")
    moved = ended.maintenances.order_by("scheduled_for")[0]
    update_maintenance(moved, "scheduled", scheduled_for=moved.scheduled_for + minutes(300))
    assert series.end(kept, Announced.KEEP, NOW).cancelled == 0
    assert series.end(ended, Announced.FOLLOW, NOW + minutes(20)).cancelled == 6
    assert series.tick(NOW + 30 * DAY) == 0
    assert (series.waiting(kept), series.waiting(ended)) == (6, 0)
    series.resume(kept, NOW + 3 * DAY)
    assert len(starts(kept)) == 9


def test_a_series_starts_and_ends_its_occurrences_by_itself() -> None:
    one = begin()
    assert post.tick(NOW + 2 * DAY) == 2
    assert one.maintenances.get().status == "completed"


def test_whoever_changed_it_meanwhile_is_not_overwritten() -> None:
    one = begin()
    series.change(one, make_plan(minutes=30), Announced.KEEP, NOW + minutes(1), seen=one.updated_at)
    with pytest.raises(PostError) as raised:
        series.change(one, make_plan(minutes=45), Announced.KEEP, NOW + minutes(2), seen=one.updated_at)
    assert "Somebody else" in raised.value.sentence
    assert Series.objects.get().minutes == 30


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"rule": "FREQ=SECONDLY"}, "rule"),
        ({"rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "rule"),
        ({"rule": "FREQ=DAILY", "minutes": 1441}, "rule"),
        ({"rule": "FREQ=DAILY" + " " * 1000 + ";BYHOUR=1"}, "rule"),
        ({"first_date": date(202, 1, 1)}, "first_date"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 7 * 1440 + 1}, "minutes"),
        ({"announced": 0}, "announced"),
        ({"announced": 91}, "announced"),
        ({"reminders": (0,)}, "reminders"),
        ({"title_en": "", "title_fr": ""}, "title_en"),
        ({"body_en": "", "body_fr": ""}, "body_en"),
    ],
)
def test_what_cannot_recur_leaves_nothing_behind(values: dict[str, Any], field: str) -> None:
    with pytest.raises(PostError) as raised:
        begin(**values)
    assert raised.value.field == field
    assert (Series.objects.count(), Maintenance.objects.count()) == (0, 0)


def test_the_same_one_is_begun_once() -> None:
    page = make_page()
    one = begin(page)
    with pytest.raises(PostError):
        begin(page, rule="rrule:freq=weekly")
    series.end(one, Announced.KEEP, NOW)
    assert begin(page).pk != one.pk


def test_components_of_another_page_are_refused() -> None:
    with pytest.raises(PostError) as raised:
        begin(make_page(), make_component(make_page()))
    assert raised.value.field == "components"


def test_one_that_fails_is_tried_later_and_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    stuck, other = begin(), begin()
    Series.objects.filter(pk=stuck.pk).update(rule="FREQ=NEVER")
    at = NOW + 7 * DAY
    assert series.tick(at) == 1
    assert len(starts(other)) == 2
    assert "could not be announced" in caplog.text
    stuck.refresh_from_db()
    assert stuck.due_at == at + minutes(10)


def test_the_text_of_one_occurrence_is_renamed_alone() -> None:
    one = begin()
    row = one.maintenances.get()
    before = row.updated_at
    maintain.rename(row, title_en="Longer restart", title_fr="", now=NOW + minutes(1))
    row.refresh_from_db()
    assert (row.title_en, row.updates.count()) == ("Longer restart", 1)
    assert row.updated_at > before


@pytest.mark.django_db(transaction=True)
def test_everybody_who_looks_at_once_announces_each_once(django_db_serialized_rollback: None) -> None:
    page = make_page(time_zone="Europe/Paris")
    reader = make_subscriber(page)
    some = [
        begin(page, rule="FREQ=DAILY;COUNT=1", announced=1, title_en=f"Restart {number}")
        for number in range(3)
    ]
    assert all(one.due_at for one in some)
    at = max(one.due_at for one in some if one.due_at)
    together = threading.Barrier(4)

    def look(_number: int) -> int:
        together.wait()
        try:
            return series.tick(at)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look, range(4))) == 3
    assert (Maintenance.objects.count(), reader.deliveries.count()) == (3, 3)
