"""Rules of recurrence: the same days as an established library gives, small whatever they say."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.recurring.dates import check_ahead, days, instant, moments, upcoming
from incidents.recurring.rule import WEEKDAYS, read
from incidents.words import PostError

FIRST = date(2026, 11, 24)
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
PARIS, LORD_HOWE = ZoneInfo("Europe/Paris"), ZoneInfo("Australia/Lord_Howe")


def first_days(text: str, number: int = 4, first: date = FIRST) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in islice(days(read(text), first, date(2040, 1, 1)), number)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=10", ["2026-11-24", "2026-12-04", "2026-12-14", "2026-12-24"]),
        ("FREQ=DAILY;BYDAY=SA,SU", ["2026-11-28", "2026-11-29", "2026-12-05", "2026-12-06"]),
        ("FREQ=WEEKLY", ["2026-11-24", "2026-12-01", "2026-12-08", "2026-12-15"]),
        ("rrule:freq=weekly; interval=2; byday=mo,th;", ["2026-11-26", "2026-12-07", "2026-12-10"]),
        ("FREQ=MONTHLY;BYDAY=2TU", ["2026-12-08", "2027-01-12", "2027-02-09", "2027-03-09"]),
        ("FREQ=MONTHLY;BYDAY=-1SU", ["2026-11-29", "2026-12-27", "2027-01-31", "2027-02-28"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["2026-12-31", "2027-01-31", "2027-03-31", "2027-05-31"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["2026-11-30", "2026-12-31", "2027-01-29"]),
        ("FREQ=MONTHLY;INTERVAL=3;COUNT=2", ["2026-11-24", "2027-02-24"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29", "2032-02-29", "2036-02-29"]),
        ("FREQ=YEARLY;BYMONTH=6;BYDAY=-1FR;UNTIL=20280630", ["2027-06-25", "2028-06-30"]),
    ],
)  # fmt: skip
def test_it_gives_these_days(text: str, expected: list[str]) -> None:
    assert first_days(text, len(expected)) == expected


def test_somebody_born_on_a_leap_day_waits_four_years() -> None:
    assert first_days("FREQ=YEARLY", 2, date(2028, 2, 29)) == ["2028-02-29", "2032-02-29"]
    assert first_days("FREQ=MONTHLY", 2, date(2027, 12, 31)) == ["2027-12-31", "2028-01-31"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "every tuesday",
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=1",
        "FREQ=HOURLY",
        "INTERVAL=2",
        "FREQ=DAILY;BYSECOND=0,1,2,3,4,5",
        "FREQ=DAILY;BYHOUR=1,2",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=YEARLY;BYYEARDAY=1",
        "FREQ=YEARLY;BYEASTER=0",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=99999999999999999999",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=367",
        "FREQ=DAILY;INTERVAL=२",
        "FREQ=DAILY;COUNT=3;UNTIL=20271231",
        "FREQ=DAILY;UNTIL=20271231T000000Z",
        "FREQ=DAILY;UNTIL=20270230",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=2TU",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=MONTHLY;BYDAY=0TU",
        "FREQ=MONTHLY;BYDAY=54TU",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=MONTHLY;BYMONTH=13",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=DAILY;BYDAY=MO;BYSETPOS=1",
        "FREQ=DAILY\nDTSTART:20200101",
        "FREQ=DAILY;X-WAIT=1",
        "FREQ=MONTHLY;BYMONTHDAY=" + ",".join(["1"] * 200),
        "FREQ=DAILY" + ";" * 100_000,
    ],
)
def test_what_is_no_rule_or_too_much_is_refused(text: str) -> None:
    with pytest.raises(PostError) as raised:
        read(text)
    assert raised.value.field == "rule"


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000",
        "FREQ=YEARLY;INTERVAL=366",
        "FREQ=YEARLY;BYDAY=53MO;BYMONTH=1",
        "FREQ=WEEKLY;UNTIL=20200101",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366",
    ],
)
def test_a_rule_that_gives_no_day_is_refused_after_ten_years_of_looking(text: str) -> None:
    with pytest.raises(PostError) as raised:
        check_ahead(read(text), date(2025, 11, 24), time(2), PARIS, 60, NOW)
    assert "no day" in raised.value.sentence


def test_what_begins_before_it_has_ended_is_refused() -> None:
    check_ahead(read("FREQ=DAILY"), FIRST, time(2), PARIS, 23 * 60, NOW)
    with pytest.raises(PostError) as raised:
        check_ahead(read("FREQ=DAILY"), FIRST, time(2), PARIS, 24 * 60 + 1, NOW)
    assert "before it has ended" in raised.value.sentence


def test_the_longest_rules_look_at_no_more_than_their_days() -> None:
    looked = list(days(read("FREQ=DAILY;COUNT=1000"), date(2000, 1, 1), date(2999, 12, 31)))
    assert len(looked) == 1000
    assert len(list(upcoming(read("FREQ=YEARLY;COUNT=1000"), date(2000, 1, 1), time(2), PARIS, NOW))) == 10


# Summer time in Paris began on 28 March 2027 at 02:00 (03:00 then) and ends on 31 October at 03:00
# (02:00 then); on Lord Howe clocks go by half an hour: on 4 October 2026 from 02:00 to 02:30, on 4 April 2027
# from 02:00 to 01:30.
@pytest.mark.parametrize(
    ("zone", "day", "at", "expected", "shown"),
    [
        (PARIS, (2027, 3, 27), (2, 30), "2027-03-27 01:30", "02:30"),
        (PARIS, (2027, 3, 28), (1, 59), "2027-03-28 00:59", "01:59"),
        (PARIS, (2027, 3, 28), (2, 0), "2027-03-28 01:00", "03:00"),
        (PARIS, (2027, 3, 28), (2, 30), "2027-03-28 01:30", "03:30"),
        (PARIS, (2027, 3, 28), (3, 0), "2027-03-28 01:00", "03:00"),
        (PARIS, (2027, 3, 29), (2, 30), "2027-03-29 00:30", "02:30"),
        (PARIS, (2027, 10, 31), (1, 59), "2027-10-30 23:59", "01:59"),
        (PARIS, (2027, 10, 31), (2, 30), "2027-10-31 00:30", "02:30"),
        (PARIS, (2027, 10, 31), (3, 0), "2027-10-31 02:00", "03:00"),
        (PARIS, (2027, 11, 1), (2, 30), "2027-11-01 01:30", "02:30"),
        (LORD_HOWE, (2026, 10, 3), (2, 15), "2026-10-02 15:45", "02:15"),
        (LORD_HOWE, (2026, 10, 4), (2, 0), "2026-10-03 15:30", "02:30"),
        (LORD_HOWE, (2026, 10, 4), (2, 15), "2026-10-03 15:45", "02:45"),
        (LORD_HOWE, (2026, 10, 5), (2, 15), "2026-10-04 15:15", "02:15"),
        (LORD_HOWE, (2027, 4, 4), (1, 45), "2027-04-03 14:45", "01:45"),
        (LORD_HOWE, (2027, 4, 4), (2, 0), "2027-04-03 15:30", "02:00"),
        (LORD_HOWE, (2027, 4, 5), (1, 45), "2027-04-04 15:15", "01:45"),
    ],
)
def test_clocks_that_change_leave_nothing_out_and_double_nothing(
    zone: ZoneInfo, day: tuple[int, int, int], at: tuple[int, int], expected: str, shown: str
) -> None:
    start = instant(date(*day), time(*at), zone)
    assert (f"{start:%Y-%m-%d %H:%M}", f"{start.astimezone(zone):%H:%M}") == (expected, shown)


@pytest.mark.parametrize("zone", [PARIS, LORD_HOWE])
def test_a_daily_rule_gives_one_start_a_day_all_year(zone: ZoneInfo) -> None:
    after = datetime(2026, 12, 31, 12, tzinfo=zone)
    for minute in range(0, 24 * 60, 15):
        at = time(minute // 60, minute % 60)
        found = list(moments(read("FREQ=DAILY"), FIRST, at, zone, after, after + timedelta(days=365)))
        assert [start.astimezone(zone).date() for start in found] == sorted(
            {start.astimezone(zone).date() for start in found}
        )
        assert len(found) == 365


_NTH = st.sampled_from(["1", "2", "3", "4", "5", "-1", "-2"])


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    by_month = frequency in ("MONTHLY", "YEARLY")
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 6))}"]
    if draw(st.booleans()):
        months = draw(st.lists(st.integers(1, 12), min_size=1, max_size=4))
        parts.append("BYMONTH=" + ",".join(map(str, months)))
    chooses = False
    if draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4))
        # Beside a numbered weekday the library forgets one without a number.
        which = draw(st.sampled_from([_NTH, st.just("")])) if by_month else st.just("")
        parts.append("BYDAY=" + ",".join(draw(which) + day for day in chosen))
        chooses = True
    # In a week the library leaves out what the rule says of days of the month.
    if frequency != "WEEKLY" and draw(st.booleans()):
        numbers = st.integers(-31, 31).filter(bool)
        parts.append("BYMONTHDAY=" + ",".join(map(str, draw(st.lists(numbers, min_size=1, max_size=4)))))
        chooses = True
    if by_month and chooses and draw(st.booleans()):
        places = st.sampled_from([1, 2, 3, -1, -2])
        parts.append("BYSETPOS=" + ",".join(map(str, draw(st.lists(places, min_size=1, max_size=2)))))
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    end = draw(st.sampled_from(["", "COUNT=7", "UNTIL=99880229"]))
    return ";".join([*parts, *([end] if end else [])])


# The library looks until the end of the year 9999 for what never comes: better not for long.
@settings(deadline=None)
@given(text=rules(), first=st.dates(date(9984, 1, 1), date(9990, 12, 31)))
def test_it_gives_the_days_that_dateutil_gives(text: str, first: date) -> None:
    until = first + timedelta(days=1500)
    start = datetime.combine(first, time())
    expected = rrulestr(text, dtstart=start).between(start, datetime.combine(until, time()), inc=True)
    assert list(days(read(text), first, until)) == [each.date() for each in expected]
