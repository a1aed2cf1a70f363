"""Closed months are frozen once, and change only through a correction."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from monitors import essentials, record, tasks
from monitors.models import Component, Correction, CorrectionEntry, FrozenMonth
from monitors.proving import corrections, months, sums, windows
from monitors.proving.past import read
from monitors.proving.proof import WINDOWS, EntryValue, MonthValue
from monitors.proving.touched import CorrectionError, Wanted
from monitors.status import Status
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db

UP, MAINTENANCE, UNKNOWN, DEGRADED, PARTIAL, MAJOR = Status
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OCTOBER, NOVEMBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OUTAGE = datetime(2026, 10, 10, tzinfo=UTC)


def make_past(component: Component | None = None) -> Component:
    """Watched since the middle of September, with 10 hours of an outage in October."""
    component = component or make_component(now=OCTOBER - 15 * DAY)
    say(component, "incident:a", MAJOR, OUTAGE, 10)
    return component


def say(component: Component, source: str, status: Status, start: datetime, hours: float) -> None:
    record.declare([component.pk], source, status, start)
    record.release(source, start + hours * HOUR, [component.pk])


def kept(component: Component) -> list[tuple[str, int | None, int, int]]:
    """(month, uptime, coverage, sequence) of the frozen months."""
    rows = FrozenMonth.objects.filter(component=component).order_by("month")
    return [(months.named(r.month), r.uptime_millis, r.coverage_millis, r.sequence) for r in rows]


def told(component: Component, key: str, now: datetime = NOW) -> MonthValue:
    proof = windows.proof(component.page, now)[component.pk]
    [found] = [month for month in proof.months if month.figure.key == key]
    return found


def correct(component: Component, status: Status, start: datetime, hours: float) -> Correction:
    wanted = Wanted(component, start, start + hours * HOUR, status)
    return corrections.correct(wanted, reason_en="A sensor lied.", reason_fr="", author=None, now=NOW)


def take_back(correction: Correction) -> Correction:
    wanted = Wanted.taking_back(correction)
    return corrections.correct(wanted, reason_en="It did not.", reason_fr="", author=None, now=NOW)


def entries(correction: Correction) -> list[tuple[str, int | None, int | None]]:
    rows = CorrectionEntry.objects.filter(correction=correction).order_by("pk")
    return [(row.figure, row.before, row.after) for row in rows]


def test_every_closed_month_is_frozen_once() -> None:
    component = make_past()
    assert months.freeze(NOW) == 2
    # September: 15 of 30 days watched. October: 10 of 744 hours lost: 1 - 10/744 = 0.98655913…
    wanted = [("2026-09", 100_000, 50_000, 1), ("2026-10", 98_655, 100_000, 1)]
    assert kept(component) == wanted
    assert months.freeze(NOW) == 0
    assert kept(component) == wanted


def test_results_that_come_within_an_hour_still_count() -> None:
    component = make_past()
    assert months.freeze(NOVEMBER + HOUR - timedelta(seconds=1)) == 1
    assert [month for month, *_digits in kept(component)] == ["2026-09"]
    assert not told(component, "2026-10", NOVEMBER + HOUR / 2).frozen
    assert told(component, "2026-10", NOVEMBER + HOUR / 2).figure.millis == 98_655
    say(component, "monitor:1", MAJOR, NOVEMBER - HOUR, 1)
    assert months.freeze(NOVEMBER + HOUR) == 1
    # 11 of 744 hours: 1 - 11/744 = 0.98521505…
    assert kept(component)[1][:2] == ("2026-10", 98_521)


def test_what_is_frozen_stays_whatever_becomes_of_spans_weights_and_promises() -> None:
    component = make_past(make_component(now=OCTOBER - 15 * DAY, sla_target=Decimal("99.5")))
    months.freeze(NOW)
    say(component, "incident:late", MAJOR, OUTAGE + 5 * DAY, 5)
    component.page.weight_major = Decimal("0.5")
    component.page.save()
    Component.objects.update(sla_target=None)
    months.freeze(NOW)
    frozen = told(component, "2026-10")
    assert (frozen.figure.millis, frozen.weights[0], frozen.frozen) == (98_655, Decimal(1), True)
    # 744 h × 3,600 × 0.005 = 13,392 s; 36,000 s were lost.
    assert frozen.budget is not None
    assert (frozen.budget.total, frozen.budget.left, frozen.budget.met) == (13_392, -22_608, False)


def test_where_a_page_moved_west_the_month_that_was_frozen_is_told_once() -> None:
    component = make_past()
    months.freeze(NOVEMBER + HOUR)
    component.page.time_zone = "America/New_York"
    component.page.save()
    assert told(component, "2026-10", NOVEMBER + HOUR).frozen


def test_a_component_that_nobody_watched_then_has_no_such_month() -> None:
    component = make_component(now=NOW)
    nobody = make_component()
    nobody.spans.all().delete()
    assert months.freeze(NOW) == 0
    assert kept(component) == kept(nobody) == []
    assert [month.figure.key for month in windows.proof(component.page, NOW)[component.pk].months] == [
        "2026-11"
    ]


@pytest.mark.django_db(transaction=True)
def test_several_that_freeze_or_correct_at_once_leave_one_month_each() -> None:
    component = make_past()

    def at_once(number: int) -> None:
        try:
            if number:
                months.freeze(NOW)
            else:
                correct(component, UP, OUTAGE, 10)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(at_once, range(4)))
    # Whoever came first: the correction is in the month, and the ledger has its digits.
    assert [each[:3] for each in kept(component)] == [
        ("2026-09", 100_000, 50_000),
        ("2026-10", 100_000, 100_000),
    ]
    assert CorrectionEntry.objects.get(figure="2026-10").before == 98_655
    recompute()


def waits() -> bool:
    """Whether anybody waits for a lock of this database."""
    with connection.cursor() as cursor:
        # Of transactions, not of tuples: a row's lock is waited for by its holder's number.
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')"
        )
        [[waiting]] = cursor.fetchall()
    return bool(waiting)


@pytest.mark.django_db(transaction=True)
def test_a_correction_waits_for_who_freezes_its_month_and_then_finds_it_frozen() -> None:
    component = make_past()

    def correcting() -> None:
        try:
            correct(component, UP, OUTAGE, 10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            months.freeze(NOW)
            later = pool.submit(correcting)
            while not (later.done() or waits()):
                pass
        later.result()
    assert kept(component)[1] == ("2026-10", 100_000, 100_000, 2)


def test_freezing_tells_the_page() -> None:
    component = make_past()
    before = component.page.touched_at
    months.freeze(NOW)
    component.page.refresh_from_db()
    assert component.page.touched_at > before


def test_the_tick_freezes_unless_the_rest_rests() -> None:
    component = make_past()
    with time_machine.travel(NOW, tick=False):
        essentials.rest("ada", NOW)
        tasks.freeze()
        assert kept(component) == []
        essentials.wake()
        tasks.freeze()
    assert [month for month, *_digits in kept(component)] == ["2026-09", "2026-10"]


def test_months_are_told_newest_first_and_the_sum_of_a_frozen_one_comes_to_its_digits() -> None:
    component = make_past()
    months.freeze(NOW)
    proof = windows.proof(component.page, NOW)[component.pk]
    assert [(month.figure.key, month.frozen) for month in proof.months] == [
        ("2026-11", False),
        ("2026-10", True),
        ("2026-09", True),
    ]
    past = read(component.page_id, NOW - windows.LONGEST)[component.pk]
    running = sums.running(proof, past, months.weights_of(component.page))
    closed = sums.closed([component.pk], windows.oldest(NOW.date()))[component.pk]
    figures = {figure.key: figure for figure in (*proof.windows, *(month.figure for month in proof.months))}
    assert [each.key for each in running] == [*WINDOWS, "2026-11"]
    assert [each.key for each in closed] == ["2026-10", "2026-09"]
    for added in (*running, *closed):
        figure = figures[added.key]
        assert (added.millis, added.start, added.end) == (figure.millis, figure.start, figure.end)
    assert [(row.status, row.source, row.seconds) for row in closed[0].rows] == [
        (UP, "staff", 9 * 86_400),
        (MAJOR, "incident:a", 36_000),
        (UP, "staff", 744 * 3600 - 9 * 86_400 - 36_000),
    ]


def test_a_correction_changes_a_frozen_month_and_the_ledger_keeps_the_digits() -> None:
    component = make_past()
    months.freeze(NOW)
    correction = correct(component, PARTIAL, OUTAGE, 10)
    # 10 h × 0.3 = 3 lost: 1 - 3/744 = 0.99596774…; 90 days until 20 November, 12:00 are 89.5 × 24 = 2,148 h,
    # watched since 16 September, 65.5 × 24 = 1,572 h: 1 - 10/1,572 = 0.99363867…, 1 - 3/1,572 = 0.99809160…
    assert kept(component)[1] == ("2026-10", 99_596, 100_000, 2)
    assert kept(component)[0][3] == 1
    assert entries(correction) == [
        ("2026-10", 98_655, 99_596),
        ("90d", 99_363, 99_809),
        ("365d", 99_363, 99_809),
    ]
    proof = windows.proof(component.page, NOW)[component.pk]
    [told_of] = proof.corrections
    assert (told_of.status, told_of.reason_en, told_of.taken_back_by) == (PARTIAL, "A sensor lied.", None)
    assert told_of.entries[0] == EntryValue("2026-10", 98_655, 99_596, 100_000, 100_000)
    assert proof.windows[3].millis == 99_809


def test_a_correction_of_two_months_and_its_coverage() -> None:
    component = make_past()
    months.freeze(NOW)
    correction = correct(component, UNKNOWN, NOVEMBER - HOUR, 2)
    # One hour of each month is unknown now: October 743/744 covered, 99.86559…; 1 - 10/743 = 0.98654104…
    assert kept(component)[1] == ("2026-10", 98_654, 99_865, 2)
    assert [figure for figure, _before, _after in entries(correction)] == [
        "2026-10",
        "2026-11",
        "30d",
        "90d",
        "365d",
    ]


def test_taken_back_what_was_frozen_is_seen_again_and_nothing_is_deleted() -> None:
    component = make_past()
    months.freeze(NOW)
    first = correct(component, UP, OUTAGE, 10)
    newer = correct(component, MAINTENANCE, OUTAGE, 5)
    assert kept(component)[1][1:] == (100_000, 100_000, 3)
    take_back(first)
    # Five hours are maintenance still: 5 of 739 lost: 1 - 5/739 = 0.99323410…
    assert kept(component)[1][1:] == (99_323, 100_000, 4)
    last = take_back(newer)
    assert kept(component)[1] == ("2026-10", 98_655, 100_000, 5)
    assert entries(last)[0] == ("2026-10", 99_323, 98_655)
    assert Correction.objects.count() == 4
    assert set(component.spans.values_list("source", flat=True)) == {"staff", "incident:a"}
    found = windows.proof(component.page, NOW)[component.pk].corrections
    assert [(each.takes_back, each.taken_back_by) for each in found] == [
        (newer.pk, None),
        (first.pk, None),
        (None, last.pk),
        (None, found[1].id),
    ]


def test_a_frozen_month_is_corrected_as_it_was_frozen() -> None:
    component = make_past()
    months.freeze(NOW)
    say(component, "incident:late", MAJOR, OUTAGE + 5 * DAY, 5)
    correct(component, UP, OUTAGE, 4)
    # 6 hours are left of what was frozen; the 5 that came later do not count: 1 - 6/744 = 0.99193548…
    assert kept(component)[1][1] == 99_193


def test_a_month_frozen_after_a_correction_holds_it_and_gives_it_back() -> None:
    component = make_past()
    correction = correct(component, UP, OUTAGE, 10)
    assert entries(correction)[0] == ("2026-10", 98_655, 100_000)
    months.freeze(NOW)
    assert kept(component)[1] == ("2026-10", 100_000, 100_000, 1)
    take_back(correction)
    assert kept(component)[1] == ("2026-10", 98_655, 100_000, 2)


def test_others_are_left_alone() -> None:
    component = make_past()
    other = make_past(make_component(component.page, now=OCTOBER - 15 * DAY))
    months.freeze(NOW)
    correct(component, UP, OUTAGE, 10)
    assert kept(other)[1] == ("2026-10", 98_655, 100_000, 1)
    assert windows.proof(component.page, NOW)[other.pk].corrections == ()


def test_a_correction_touches_the_page() -> None:
    component = make_past()
    before = component.page.touched_at
    correct(component, UP, OUTAGE, 10)
    component.page.refresh_from_db()
    assert component.page.touched_at > before


@pytest.mark.parametrize(
    ("start", "hours", "status", "field"),
    [
        (OUTAGE, 0, UP, "end"),
        (OUTAGE, -1, UP, "end"),
        (NOW - HOUR, 2, UP, "end"),
        (OCTOBER - 16 * DAY, 48, UP, "start"),
        # That is what stands there.
        (OUTAGE, 10, MAJOR, "status"),
        (NOW - DAY, 1, UP, "status"),
    ],
)
def test_it_refuses(start: datetime, hours: int, status: Status, field: str) -> None:
    component = make_past()
    with pytest.raises(CorrectionError) as refused:
        correct(component, status, start, hours)
    assert refused.value.field == field
    assert not Correction.objects.exists()
    assert not CorrectionEntry.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_it_refuses_a_reason(reason: str) -> None:
    wanted = Wanted(make_past(), OUTAGE, OUTAGE + HOUR, UP)
    with pytest.raises(CorrectionError) as refused:
        corrections.correct(wanted, reason_en=reason, reason_fr="", author=None, now=NOW)
    assert refused.value.field == "reason_en"


def test_it_refuses_what_was_never_watched() -> None:
    component = make_component()
    component.spans.all().delete()
    with pytest.raises(CorrectionError) as refused:
        correct(component, UP, OUTAGE, 1)
    assert refused.value.field == "start"


def test_one_is_taken_back_once_and_a_taking_back_not_at_all() -> None:
    correction = correct(make_past(), UP, OUTAGE, 10)
    back = take_back(correction)
    for each in (correction, back):
        with pytest.raises(CorrectionError):
            take_back(each)


def test_a_component_goes_with_its_ledger() -> None:
    component = make_past()
    months.freeze(NOW)
    take_back(correct(component, UP, OUTAGE, 10))
    record.delete_component(component, NOW)
    assert not Correction.objects.exists()
    assert not FrozenMonth.objects.exists()


def test_the_whole_page_is_a_handful_of_queries(django_assert_num_queries: object) -> None:
    page = make_page()
    for _ in range(20):
        correct(make_past(make_component(page, now=OCTOBER - 15 * DAY)), UP, OUTAGE, 1)
    months.freeze(NOW)
    with django_assert_num_queries(5):  # type: ignore[operator]
        assert len(windows.proof(page, NOW)) == 20
    some = list(page.components.values_list("pk", flat=True)[:2])
    with django_assert_num_queries(6):  # type: ignore[operator]
        found = windows.proof(page, NOW, some)
    assert found == {id_: value for id_, value in windows.proof(page, NOW).items() if id_ in some}


def recompute(*words: str) -> Sequence[str]:
    out = StringIO()
    call_command("recompute_uptime", *words, stdout=out)
    return out.getvalue().splitlines()


def test_recomputing_gives_the_same_digits() -> None:
    component = make_past()
    months.freeze(NOW)
    correct(component, PARTIAL, OUTAGE, 4)
    take_back(correct(component, MAINTENANCE, OUTAGE, 2))
    domain = component.page.domain
    assert recompute() == [
        f"{domain} 2026-09 (1 components): the same digits",
        f"{domain} 2026-10 (1 components): the same digits",
    ]
    assert recompute("--page", domain, "--month", "2026-10") == [
        f"{domain} 2026-10 (1 components): the same digits"
    ]


def test_recomputing_names_each_difference() -> None:
    component = make_past()
    months.freeze(NOW)
    say(component, "incident:late", MAJOR, OUTAGE + 5 * DAY, 5)
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 2 months differ"):
        call_command("recompute_uptime", stdout=out)
    # 15 of 744 hours: 1 - 15/744 = 0.97983870…
    assert (
        f"  {component.slug} 2026-10: uptime reckoned from spans: 98655 kept, 97983 found" in out.getvalue()
    )
    # A row that was changed by hand is seen although its spans are as they were.
    component.spans.filter(source="incident:late").delete()
    assert len(recompute()) == 2
    FrozenMonth.objects.filter(component=component, month="2026-10-01").update(uptime_millis=99_999)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("recompute_uptime", stdout=out)
    assert "uptime as frozen, with its corrections: 99999 kept, 98655 found" in out.getvalue()


def test_recomputing_what_is_not_there() -> None:
    with pytest.raises(CommandError, match="no page at"):
        call_command("recompute_uptime", "--page", "nowhere.example.com")
    with pytest.raises(CommandError, match="No month is frozen"):
        call_command("recompute_uptime")
    with pytest.raises(CommandError, match="2026-10"):
        call_command("recompute_uptime", "--month", "October")
