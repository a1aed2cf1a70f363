"""Recording: from results to verdicts, spans and observations."""

import random
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors import record, regions
from monitors.models import Feed, Monitor, Observation, Page, RegionVerdict, Span, Verdict
from monitors.narrow import Narrow, unpack, unpack_phases
from monitors.probes import Outcome, Result
from monitors.seen import Seen
from monitors.status import Status
from tests.make import make_component, make_monitor, make_page
from tests.monitors.scenes import DOUBT, DOWN, UP, at, hear, hear_all, make_watched, spans

pytestmark = pytest.mark.django_db

OPERATIONAL, PARTIAL, MAJOR, UNKNOWN = (
    Status.OPERATIONAL,
    Status.PARTIAL_OUTAGE,
    Status.MAJOR_OUTAGE,
    Status.UNKNOWN,
)


def test_it_keeps_the_first_failure_time() -> None:
    component, monitor = make_watched(confirm_down=3)
    hear_all(monitor, "uudddd")
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, 2), ("monitor", MAJOR, 2, None)]
    verdict = Verdict.objects.get(monitor=monitor)
    assert (verdict.verdict, verdict.since, verdict.reason) == ("down", at(2), "timeout")


def test_a_failure_that_is_never_confirmed_costs_nothing() -> None:
    component, monitor = make_watched()
    hear_all(monitor, "uduudu")
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, None)]


def test_it_comes_back_from_the_first_success() -> None:
    component, monitor = make_watched(confirm_up=2)
    hear_all(monitor, "uddduuu")
    assert spans(component, "monitor") == [
        ("monitor", OPERATIONAL, 0, 1),
        ("monitor", MAJOR, 1, 4),
        ("monitor", OPERATIONAL, 4, None),
    ]
    assert Verdict.objects.get(monitor=monitor).reason == ""


def test_what_staff_declared_stands_until_the_monitor_first_speaks() -> None:
    component, monitor = make_watched()
    assert spans(component) == [("staff", OPERATIONAL, -10, None)]
    hear(monitor, 0, DOWN)
    assert spans(component) == [("staff", OPERATIONAL, -10, None)]
    hear(monitor, 1, DOWN)
    assert spans(component) == [("staff", OPERATIONAL, -10, 0), ("monitor", MAJOR, 0, None)]


def test_one_monitor_feeds_components_with_an_impact_each() -> None:
    page = make_page()
    first, second = make_component(page, now=at(-10)), make_component(page, now=at(-10))
    monitor = make_monitor({first: MAJOR, second: PARTIAL}, now=at(-1))
    hear_all(monitor, "udd")
    assert spans(first, "monitor")[-1] == ("monitor", MAJOR, 1, None)
    assert spans(second, "monitor")[-1] == ("monitor", PARTIAL, 1, None)


def test_a_checker_that_doubts_itself_makes_unknown() -> None:
    component, monitor = make_watched()
    hear_all(monitor, "uu???")
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, 2), ("monitor", UNKNOWN, 2, None)]


def test_it_stores_what_was_seen() -> None:
    _component, monitor = make_watched()
    hear(monitor, 0, UP)
    hear(monitor, 1, Outcome(Result.DOWN, 3.25, "status", 503))
    hear(monitor, 2, DOUBT)
    rows = Observation.objects.filter(monitor_id=monitor.pk).order_by("slot")
    number = regions.number("default")
    assert [(r.slot, unpack(r.seen), round(sum(unpack_phases(r.phases)), 1)) for r in rows] == [
        (at(0), Narrow(Result.UP, "", 200, number), 12.5),
        (at(1), Narrow(Result.DOWN, "status", 503, number), 3.2),
        (at(2), Narrow(Result.UNKNOWN, "overloaded", 0, number), 1.0),
    ]
    region = RegionVerdict.objects.get(monitor=monitor)
    assert (region.last_slot, region.result, region.reason) == (at(2), "unknown", "overloaded")


def test_the_page_is_touched_only_when_something_turns() -> None:
    component, monitor = make_watched()
    hear(monitor, 0, UP)
    touched = Page.objects.get(pk=component.page_id).touched_at
    assert touched == at(0)
    hear_all(monitor, "uud", first=1)
    assert Page.objects.get(pk=component.page_id).touched_at == touched
    hear(monitor, 4, DOWN)
    assert Page.objects.get(pk=component.page_id).touched_at == at(4)


def test_touching_grows_even_when_the_clock_does_not() -> None:
    page = make_page()
    record.touch([page.pk], at(5))
    record.touch([page.pk], at(3))
    assert Page.objects.get(pk=page.pk).touched_at == at(5) + timedelta(microseconds=1)


# --- Once, whoever brings it and however often


def everything(monitor: Monitor) -> tuple[object, ...]:
    return (
        list(RegionVerdict.objects.filter(monitor=monitor).values_list()),
        list(Verdict.objects.filter(monitor=monitor).values_list()),
        list(Span.objects.filter(source=f"monitor:{monitor.pk}").order_by("during").values_list()),
        Observation.objects.filter(monitor_id=monitor.pk).count(),
    )


def test_late_and_doubled_results_change_nothing() -> None:
    _component, monitor = make_watched()
    hear_all(monitor, "udduud")
    before = everything(monitor)
    for minute in (5, 5, 4, 0, -2):
        assert hear(monitor, minute, DOWN) == record.Recorded(taken=0, skipped=1, turned=0)
    assert everything(monitor) == before


def test_results_of_one_batch_are_taken_in_the_order_of_their_slots() -> None:
    component, monitor = make_watched()
    results = [Seen(monitor.pk, at(minute), outcome) for minute, outcome in enumerate([UP, UP, DOWN, DOWN])]
    random.Random(7).shuffle(results)
    recorded = record.record_batch("default", [*results, *results], at(4))
    assert recorded == record.Recorded(taken=4, skipped=4, turned=1)
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, 2), ("monitor", MAJOR, 2, None)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("ud? ", max_size=25), st.randoms(use_true_random=False), st.integers(1, 3), st.integers(1, 3))
def test_spans_are_those_of_a_recorder_that_got_every_result_once_in_order(
    letters: str, rnd: random.Random, down: int, up: int
) -> None:
    component, monitor = make_watched(confirm_down=down, confirm_up=up)
    again, disturbed = make_watched(confirm_down=down, confirm_up=up)
    hear_all(monitor, letters)
    for minute, letter in enumerate(letters):
        hear_all(disturbed, letter, first=minute)
        heard = len(letters[: minute + 1].rstrip())
        for late in rnd.sample(range(heard), min(heard, 2)):
            hear(disturbed, late, rnd.choice([UP, DOWN, DOUBT]))
    assert spans(again) == spans(component)
    for (*_kind, _start, end), (*_next, start, _end) in zip(
        spans(component), spans(component)[1:], strict=False
    ):
        assert end == start


# --- Nothing in one bad result can spoil its batch


def test_a_bad_result_never_spoils_the_batch() -> None:
    component, monitor = make_watched()
    gone, disabled = make_monitor(now=at(-1)), make_monitor(now=at(-1), enabled=False)
    gone_id = gone.pk
    gone.delete()
    elsewhere = make_monitor(now=at(-1), regions=["paris"])
    bad = [
        Seen(gone_id, at(0), UP),
        Seen(disabled.pk, at(0), UP),
        Seen(elsewhere.pk, at(0), UP),
        Seen(0, at(0), UP),
        Seen(2**40, at(0), UP),
        Seen(monitor.pk, at(0).replace(tzinfo=None), UP),
        # From the future: it would deafen the monitor to everything until then.
        Seen(monitor.pk, at(60), UP),
        # Older than any partition.
        Seen(monitor.pk, at(-60 * 24 * 40), UP),
    ]
    odd = Outcome(Result.UP, 1e300, "\x00\ud800", 10**9)
    recorded = record.record_batch("default", [*bad, Seen(monitor.pk, at(0), odd)], at(0))
    assert recorded == record.Recorded(taken=1, skipped=len(bad), turned=1)
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, None)]
    assert not Verdict.objects.exclude(monitor=monitor).exists()


def test_a_region_that_is_not_assigned_is_not_heard() -> None:
    _component, monitor = make_watched()
    assert hear(monitor, 0, UP, region="mars").taken == 0
    assert list(RegionVerdict.objects.values_list("region", flat=True)) == ["default"]


def test_the_database_itself_refuses_two_statuses_at_once() -> None:
    component, monitor = make_watched()
    hear_all(monitor, "uu")
    [row] = Span.objects.filter(component=component, source__startswith="monitor")
    row.pk = None
    with pytest.raises(IntegrityError, match="one_status_at_a_time"), transaction.atomic():
        row.save()


# --- Silence


def test_silence_is_unknown_from_the_first_slot_missed() -> None:
    component, monitor = make_watched(timeout=10)
    hear_all(monitor, "uu")
    assert record.sweep(at(4) + timedelta(seconds=15)) == 0
    assert record.sweep(at(4) + timedelta(seconds=16)) == 1
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, 2), ("monitor", UNKNOWN, 2, None)]
    assert record.sweep(at(5)) == 0


def test_silence_that_nobody_swept_is_found_when_it_ends() -> None:
    component, monitor = make_watched()
    hear(monitor, 0, UP)
    hear(monitor, 60, UP)
    assert spans(component, "monitor") == [
        ("monitor", OPERATIONAL, 0, 1),
        ("monitor", UNKNOWN, 1, 60),
        ("monitor", OPERATIONAL, 60, None),
    ]


def test_swept_or_not_the_spans_are_the_same() -> None:
    component, monitor = make_watched()
    hear(monitor, 0, UP)
    record.sweep(at(30))
    hear(monitor, 60, UP)
    assert spans(component, "monitor") == [
        ("monitor", OPERATIONAL, 0, 1),
        ("monitor", UNKNOWN, 1, 60),
        ("monitor", OPERATIONAL, 60, None),
    ]


def test_a_monitor_that_was_never_heard_makes_unknown_not_what_staff_declared() -> None:
    component, _monitor = make_watched()
    record.sweep(at(5))
    assert spans(component) == [("staff", OPERATIONAL, -10, 0), ("monitor", UNKNOWN, 0, None)]


def test_a_result_that_comes_after_the_sweep_ends_the_silence_where_it_stands() -> None:
    component, monitor = make_watched()
    hear(monitor, 0, UP)
    record.sweep(at(5))
    hear(monitor, 1, UP)
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, None)]


def test_a_disabled_monitor_is_not_swept() -> None:
    _component, monitor = make_watched()
    hear(monitor, 0, UP)
    Monitor.objects.filter(pk=monitor.pk).update(enabled=False)
    assert record.sweep(at(90)) == 0


# --- Clocks


def test_a_clock_turned_back_begins_anew_rather_than_freeze() -> None:
    component, monitor = make_watched()
    hear_all(monitor, "uudd")
    Monitor.objects.filter(pk=monitor.pk).update(due_at=at(4))
    # An hour back: what was said of the hour to come is taken back, and checks go on at once.
    assert hear(monitor, -60, UP).taken == 0
    record.sweep(at(-60))
    monitor.refresh_from_db()
    assert monitor.due_at == at(-60)
    assert spans(component, "monitor") == []
    hear(monitor, -59, UP)
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, -59, None)]


def test_a_clock_turned_ahead_leaves_the_time_between_unknown() -> None:
    component, monitor = make_watched()
    hear(monitor, 0, UP)
    hear(monitor, 24 * 60, UP)
    assert spans(component, "monitor") == [
        ("monitor", OPERATIONAL, 0, 1),
        ("monitor", UNKNOWN, 1, 24 * 60),
        ("monitor", OPERATIONAL, 24 * 60, None),
    ]


def test_a_clock_that_is_a_little_off_changes_nothing() -> None:
    component, monitor = make_watched()
    hear_all(monitor, "uu")
    record.sweep(at(0.5))
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, None)]


# --- Several regions


def make_three() -> tuple[object, Monitor]:
    component, monitor = make_watched(regions=["ams", "nyc", "sin"])
    for region in monitor.regions:
        hear_all(monitor, "uu", region=region)
    return component, monitor


def test_one_region_of_three_does_not_make_it_down() -> None:
    component, monitor = make_three()
    hear_all(monitor, "ddd", first=2, region="ams")
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, None)]  # type: ignore[arg-type]


def test_two_of_three_do_since_the_second_of_them() -> None:
    component, monitor = make_three()
    hear_all(monitor, "ddd", first=2, region="ams")
    hear_all(monitor, "udd", first=2, region="nyc")
    assert spans(component, "monitor") == [  # type: ignore[arg-type]
        ("monitor", OPERATIONAL, 0, 3),
        ("monitor", MAJOR, 3, None),
    ]


def test_a_region_without_a_worker_leaves_the_quorum() -> None:
    component, monitor = make_watched(regions=["ams", "nyc"])
    hear_all(monitor, "uuuuuudd", region="ams")
    record.sweep(at(8))
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, 6), ("monitor", MAJOR, 6, None)]
    assert RegionVerdict.objects.get(region="nyc").verdict == "silent"


# --- Cost


def batch(monitors: list[Monitor], minute: int, outcome: Outcome) -> list[Seen]:
    return [Seen(monitor.pk, at(minute), outcome) for monitor in monitors]


def test_a_batch_of_500_costs_a_few_queries() -> None:
    page = make_page()
    component = make_component(page, now=at(-10))
    monitors = Monitor.objects.bulk_create(
        Monitor(page=page, name=f"m{number}", kind="tcp", config={}, confirm_down=1, changed_at=at(-1))
        for number in range(500)
    )
    Feed.objects.bulk_create(Feed(monitor=monitor, component=component) for monitor in monitors)
    record.record_batch("default", batch(monitors, 0, UP), at(0))
    for outcome, limit in ((UP, 8), (DOWN, 17)):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            recorded = record.record_batch("default", batch(monitors, 1 + (outcome is DOWN), outcome), at(2))
        assert recorded.taken == 500
        assert recorded.turned == (500 if outcome is DOWN else 0)
        assert len(queries) <= limit, "\n".join(query["sql"][:200] for query in queries)
    assert Span.objects.filter(status=MAJOR).count() == 500


def test_a_long_silence_costs_no_more_than_a_short_one() -> None:
    _component, monitor = make_watched(interval=10, timeout=5)
    hear(monitor, 0, UP)
    with CaptureQueriesContext(connection) as queries:
        assert hear(monitor, 11 * 60, UP).turned == 1
    assert len(queries) <= 18, "\n".join(query["sql"][:150] for query in queries)
