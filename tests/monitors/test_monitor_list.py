"""The list of monitors: what is wrong stands first, in words, and costs the same whatever their number."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from monitors import record
from monitors.models import Evidence, Monitor, Page, Region, RegionVerdict, Verdict
from monitors.reasons import Reason
from tests.make import make_monitor, make_page
from tests.monitors.admin_pages import Staff, words
from tests.monitors.scenes import START, at, hear_all
from tests.people import make_staff

pytestmark = pytest.mark.django_db
LIST = "/admin/monitors/monitor/"


def names(html: str) -> list[str]:
    """The monitors of a list, in its order."""
    return re.findall(r'<th class="field-name"><a [^>]*>([^<]+)</a>', html)


def make_all(page: Page) -> None:
    """One monitor of each standing."""
    make_monitor(page=page, now=at(-1), name="paused", enabled=False, pause_reason="Moves house")
    hear_all(make_monitor(page=page, now=at(-1), name="up"), "uu")
    make_monitor(page=page, now=at(-1), name="new")
    hear_all(make_monitor(page=page, now=at(-1), name="down"), "udd")
    for name in ("unknown", "degraded"):
        Verdict.objects.create(monitor=make_monitor(page=page, name=name), verdict=name, since=at(1))


def test_what_is_wrong_stands_first(staff: Staff) -> None:
    make_all(make_page())
    assert names(staff.list("monitor")) == ["down", "degraded", "unknown", "new", "up", "paused"]


def test_what_broke_last_stands_above_what_is_broken_for_long(staff: Staff) -> None:
    page = make_page()
    for name, minutes in (("long", 1), ("just now", 9), ("a while", 5)):
        Verdict.objects.create(monitor=make_monitor(page=page, name=name), verdict="down", since=at(minutes))
    assert names(staff.list("monitor")) == ["just now", "a while", "long"]


def test_counts_stand_above_and_lead_to_each(staff: Staff) -> None:
    make_all(make_page())
    hear_all(make_monitor(now=at(-1), name="down too"), "udd")
    text = words(staff.list("monitor"))
    assert "2 Down 1 Degraded 1 Unknown 1 Not checked yet 1 Up 1 Paused" in text
    for state, found in (
        ("down", {"down", "down too"}),
        ("paused", {"paused"}),
        ("wrong", {"down", "down too", "degraded", "unknown"}),
    ):
        page = staff.client.get(LIST, {"state": state}).content.decode()
        assert set(names(page)) == found
        # The numbers are those of all, whichever is shown.
        assert "2 Down 1 Degraded" in words(page)


def test_it_says_why_in_words_with_what_was_met(staff: Staff) -> None:
    monitor = make_monitor(now=at(-1), name="Shop")
    hear_all(monitor, "u")
    reason = Reason.JOB_CODE
    Verdict.objects.update(verdict="down", since=at(1), reason=reason.value)
    outcome = {"result": "down", "duration_ms": 3, "reason": reason.value, "facts": {"code": "14"}}
    Evidence.objects.create(monitor=monitor, region="default", slot=at(1), outcome=outcome)
    assert "The job ended with exit code 14." in words(staff.list("monitor"))
    Evidence.objects.all().delete()
    assert "The job ended with exit code …." in words(staff.list("monitor"))


def test_it_names_the_root_that_stands_in_front(staff: Staff) -> None:
    root = make_monitor(name="The router")
    behind = make_monitor(page=root.page, name="The shop", behind=root)
    Verdict.objects.create(monitor=behind, verdict="unknown", since=at(1), root=root)
    page = staff.list("monitor")
    assert "Not told as down, because this one is down: The router" in words(page)
    assert f"/admin/monitors/monitor/{root.pk}/change/" in page


def test_a_pause_says_why_and_until_when(staff: Staff) -> None:
    page = make_page(time_zone="Europe/Paris")
    make_monitor(page=page, name="S", enabled=False, pause_reason="Moves house", paused_until=at(60))
    text = words(staff.list("monitor"))
    assert "Paused until 20 Nov 2026, 14:00:00" in text
    assert "Moves house" in text


def test_silence_asks_for_a_worker(staff: Staff) -> None:
    monitor = make_monitor(now=at(-1))
    hear_all(monitor, "uu")
    record.sweep(at(30))
    assert RegionVerdict.objects.get().verdict == "silent"
    assert "does a worker run for the region?" in words(staff.list("monitor"))


def test_it_is_filtered_by_kind_tag_region_and_page_and_searched(staff: Staff) -> None:
    one, two = make_page(), make_page()
    make_monitor(page=one, name="a", tags=["payments", "eu"], regions=["ams"])
    make_monitor(page=one, name="b", kind="tcp", config={"address": "db.example.com:5432"})
    make_monitor(page=two, name="c", tags=["eu"], regions=["ams", "nyc"])
    for query, found in (
        ({"kind": "tcp"}, {"b"}),
        ({"tag": "eu"}, {"a", "c"}),
        ({"tag": "payments"}, {"a"}),
        ({"region": "nyc"}, {"c"}),
        ({"page__id__exact": one.pk}, {"a", "b"}),
        ({"tag": "eu", "page__id__exact": two.pk}, {"c"}),
        ({"q": "db.example"}, {"b"}),
        ({"q": "payments"}, {"a"}),
        ({"tag": "') OR 1=1 --"}, set()),
    ):
        assert set(names(staff.client.get(LIST, query).content.decode())) == found, query


def test_whoever_may_not_read_the_settings_cannot_search_them(client: Client) -> None:
    make_monitor(name="a", config={"url": "https://example.com/?key=abc123"})
    client.force_login(make_staff("viewer"))
    assert names(client.get(LIST, {"q": "abc123"}).content.decode()) == []
    client.force_login(make_staff("operator"))
    assert names(client.get(LIST, {"q": "abc123"}).content.decode()) == ["a"]


def test_no_filter_asks_for_what_is_secret(staff: Staff) -> None:
    make_monitor(name="a", secrets='{"token": "x"}')
    for lookup in ("secrets__startswith", "config__url__startswith", "page__password__startswith"):
        answer = staff.client.get(LIST, {lookup: "x"})
        assert answer.status_code in (302, 400)


def test_regions_that_would_guess_stand_above(staff: Staff) -> None:
    page = make_page()
    for number in range(3):
        make_monitor(page=page, name=f"m{number}")
    region = Region.objects.create(name="default", witnesses=1)
    assert "witnesses" not in staff.list("monitor")
    Region.objects.filter(pk=region.pk).update(witnesses=0)
    assert "The checks of region “default” have no witnesses" in words(staff.list("monitor"))


def test_a_thousand_monitors_cost_no_more_queries_than_ten(
    staff: Staff, django_assert_max_num_queries: Any
) -> None:
    page = make_page()
    made = Monitor.objects.bulk_create(
        Monitor(
            page=page, name=f"m{number}", kind="http", config={"url": "https://example.com/"}, tags=["eu"]
        )
        for number in range(1_000)
    )
    Verdict.objects.bulk_create(
        Verdict(monitor=each, verdict="down", since=START, reason="timeout", root=made[0])
        for each in made[1:]
    )
    RegionVerdict.objects.bulk_create(
        RegionVerdict(monitor=each, region=region, last_slot=START, result="down", reason="timeout")
        for each in made
        for region in ("ams", "nyc")
    )
    Evidence.objects.bulk_create(
        Evidence(
            monitor=each, region="ams", slot=START + timedelta(seconds=n), outcome={"excerpt": "x" * 2_000}
        )
        for each in made
        for n in range(2)
    )
    # Session, user, permissions; tags, regions, pages; two counts, rows, regions of the rows, facts.
    with django_assert_max_num_queries(14):
        page_of_them = staff.list("monitor")
    assert len(names(page_of_them)) == 100
    assert "999 Down" in words(page_of_them)
