"""The form of monitors: what is refused, field by field, and what saving sets going."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitors.models import Component, Feed, Monitor, Page, RegionVerdict, Verdict
from monitors.status import Status
from tests.make import make_component, make_monitor, make_page
from tests.monitors.admin_pages import Staff, errors, words
from tests.monitors.scenes import at, hear_all, make_watched, spans

HTTP = {"name": "Website", "kind": "http", "http__url": "https://example.com/"}
TCP = {"name": "Database", "kind": "tcp", "tcp__address": "db.example.com:5432"}


def test_a_monitor_is_saved_with_the_settings_of_its_kind(staff: Staff) -> None:
    page = make_page()
    answer = staff.send("monitor", **HTTP, http__expected_statuses="200,301", tcp__address="ignored")
    assert errors(answer) == {}
    monitor = Monitor.objects.get()
    assert monitor.page == page
    assert monitor.config == {
        "url": "https://example.com/",
        "expected_statuses": "200,301",
    }
    assert monitor.regions == ["default"]


def test_a_saved_monitor_shows_its_settings_and_takes_others(staff: Staff) -> None:
    monitor = make_monitor(kind="tcp", config={"address": "db.example.com:5432"})
    page = staff.open("monitor", monitor.pk).content.decode()
    assert 'value="db.example.com:5432"' in page
    assert errors(staff.send("monitor", monitor.pk, **HTTP)) == {}
    monitor.refresh_from_db()
    assert (monitor.kind, monitor.config["url"]) == ("http", "https://example.com/")


def test_settings_of_other_kinds_do_not_matter(staff: Staff) -> None:
    make_page()
    rubbish = {
        "http__url": "javascript:alert(1)",
        "http__method": "STEAL",
        "http__expected_statuses": "x" * 3000,
    }
    assert errors(staff.send("monitor", **{**rubbish, **TCP})) == {}
    assert Monitor.objects.get().config == {"address": "db.example.com:5432"}


def test_every_kind_has_its_settings_on_the_page_without_a_script(staff: Staff) -> None:
    make_page()
    page = staff.open("monitor").content.decode()
    for name in ("http-url", "http-method", "http-expected_statuses", "tcp-address"):
        assert f'name="{name}"' in page
    assert "admin-statuspage/monitor.js" in page


ADDRESSES = [
    ("", "This setting is required."),
    ("javascript:alert(1)", "must begin with http:// or https://"),
    ("file:///etc/passwd", "must begin with http:// or https://"),
    ("gopher://example.com/", "must begin with http:// or https://"),
    ("//example.com/", "must begin with http:// or https://"),
    ("http://169.254.169.254/latest/meta-data/", "private or reserved network"),
    ("http://127.0.0.1:6379/", "private or reserved network"),
    ("http://2130706433/", "private or reserved network"),
    ("http://[::ffff:10.0.0.1]/", "private or reserved network"),
    ("http://localhost/", "private or reserved network"),
    ("https://user:secret@example.com/", "user name or password"),
    ("https://example.com:99999/", "port must be a number"),
    ("https://exa mple.com/", "spaces, control characters"),
    ("https://example.com/\x00", "Null characters are not allowed."),
    ("https://example.com/\x1b[31m", "control characters"),
    ("https://example.com/\nHost: evil", "control characters"),
    ("https://example.com/" + "a" * 2_000, "at most 2000 characters"),
    ("https://example.com/" + "a" * 900_000, "at most 2000 characters"),
]


@pytest.mark.parametrize(("url", "said"), ADDRESSES, ids=[url[:40] for url, _said in ADDRESSES])
def test_an_address_is_refused(staff: Staff, url: str, said: str) -> None:
    make_page()
    refused = errors(staff.send("monitor", **{**HTTP, "http__url": url}))
    assert list(refused) == ["http-url"]
    assert said in refused["http-url"]
    assert not Monitor.objects.exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "This setting is required."),
        ("db.example.com", "Write host:port"),
        ("http://db.example.com:5432", "Write host:port"),
        ("db.example.com:0", "Write host:port"),
        ("user@db.example.com:5432", "user name or password"),
        ("169.254.169.254:80", "private or reserved network"),
        ("[::1]:5432", "private or reserved network"),
        ("db.example.com:54\x1032", "control characters"),
        ("d" * 1_000_000, "at most 2000 characters"),
    ],
)
def test_a_host_and_port_is_refused(staff: Staff, address: str, said: str) -> None:
    make_page()
    answer = staff.send("monitor", **{**TCP, "tcp__address": address})
    if len(address) >= 1_000_000:
        # More than a form may send at all.
        assert answer.status_code == 400
        return
    refused = errors(answer)
    assert list(refused) == ["tcp-address"]
    assert said in refused["tcp-address"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "required"),
        ("name", "a\x07b", "control characters"),
        ("name", "\u202etxet", "control characters"),
        ("name", "x" * 101, "at most 100 characters"),
        ("page", "999999", "Select a valid choice"),
        ("kind", "telepathy", "Select a valid choice"),
        ("kind", "", "required"),
        ("interval", "0", "greater than or equal to 1"),
        ("interval", "86401", "less than or equal to 86400"),
        ("interval", "-30", "greater than or equal to 1"),
        ("interval", "often", "whole number"),
        ("interval", "9" * 400, "less than or equal to"),
        ("timeout", "0", "greater than or equal to 1"),
        ("timeout", "61", "less than or equal to 60"),
        ("confirm_down", "0", "greater than or equal to 1"),
        ("confirm_down", "21", "less than or equal to 20"),
        ("confirm_up", "0", "greater than or equal to 1"),
        ("confirm_up", "1e3", "whole number"),
        ("regions", "", "required"),
        ("regions", " , ", "names of small letters"),
        ("regions", "default, ../core", "names of small letters"),
        ("regions", "EU", "names of small letters"),
        ("regions", "r" * 41, "names of small letters"),
        ("regions", "r," * 600, "at most 1000 characters"),
        ("http-method", "STEAL", "Select a valid choice"),
        ("http-expected_statuses", "ok", "Write statuses from 100 to 599"),
        ("http-expected_statuses", "99", "Write statuses from 100 to 599"),
        ("http-expected_statuses", "300-200", "Write statuses from 100 to 599"),
    ],
)
def test_a_field_is_refused(staff: Staff, field: str, value: str, said: str) -> None:
    make_page()
    refused = errors(staff.send("monitor", **{**HTTP, field: value}))
    assert list(refused) == [field]
    assert said in refused[field]
    assert not Monitor.objects.exists()


def test_a_timeout_is_not_longer_than_the_interval(staff: Staff) -> None:
    make_page()
    assert errors(staff.send("monitor", **HTTP, interval="10", timeout="10")) == {}
    refused = errors(staff.send("monitor", **{**HTTP, "name": "other"}, interval="10", timeout="11"))
    assert refused == {"timeout": "A check must not take longer than the interval."}


def test_an_operator_may_allow_a_private_network(staff: Staff, settings: Any) -> None:
    make_page()
    settings.PROBE_ALLOW = "10.1.0.0/16"
    assert errors(staff.send("monitor", **{**HTTP, "http__url": "http://10.1.2.3/"})) == {}
    refused = errors(staff.send("monitor", **{**HTTP, "http__url": "http://10.2.2.3/"}))
    assert "PROBE_ALLOW" in refused["http-url"]


# --- Feeds


def feed(number: int, component: Component, impact: Status = Status.PARTIAL_OUTAGE) -> dict[str, Any]:
    return {f"feeds-{number}-component": component.pk, f"feeds-{number}-impact": impact.value}


def test_a_monitor_feeds_components_of_its_page(staff: Staff) -> None:
    component = make_component()
    values = {**HTTP, "feeds__TOTAL_FORMS": 1, **feed(0, component)}
    assert errors(staff.send("monitor", page=component.page_id, **values)) == {}
    assert Feed.objects.get().impact == "partial_outage"


def test_a_monitor_feeds_no_component_of_another_page(staff: Staff) -> None:
    page, elsewhere = make_page(), make_component()
    refused = errors(staff.send("monitor", page=page.pk, **HTTP, **feed(0, elsewhere)))
    assert refused == {"feeds-0-component": "This is on another page."}


def test_a_component_is_fed_once_by_a_monitor(staff: Staff) -> None:
    component = make_component()
    values = {**HTTP, "feeds__TOTAL_FORMS": 2, **feed(0, component), **feed(1, component)}
    refused = errors(staff.send("monitor", page=component.page_id, **values))
    assert "duplicate" in " ".join(refused.values())


# --- What saving sets going


def test_a_saved_monitor_is_due_at_once_and_its_earlier_results_no_longer_count(staff: Staff) -> None:
    _component, monitor = make_watched()
    before = datetime.now(UTC)
    assert errors(staff.send("monitor", monitor.pk, name="Renamed")) == {}
    monitor.refresh_from_db()
    assert before <= monitor.changed_at < monitor.due_at
    assert RegionVerdict.objects.get().region == "default"


def test_a_monitor_stays_on_its_page(staff: Staff) -> None:
    _component, monitor = make_watched()
    other = make_page()
    assert errors(staff.send("monitor", monitor.pk, page=other.pk)) == {}
    assert Monitor.objects.get().page_id == monitor.page_id


def test_disabling_makes_it_silent(staff: Staff) -> None:
    component, monitor = make_watched()
    hear_all(monitor, "uu")
    assert errors(staff.send("monitor", monitor.pk, enabled=None)) == {}
    assert spans(component)[-1][3] is not None
    assert not Verdict.objects.exists()


def test_a_component_is_fed_by_monitors_whose_secrets_nobody_reads(staff: Staff) -> None:
    component = make_component()
    fed = make_monitor([component], name="<b>Database</b>")
    with CaptureQueriesContext(connection) as asked:
        page = staff.open("component", component.pk).content.decode()
    assert page.count(f'<option value="{fed.pk}" selected>&lt;b&gt;Database&lt;/b&gt;</option>') == 1
    assert not any('"secrets"' in each["sql"] for each in asked)


def test_taking_a_component_away_gives_it_back_to_staff(staff: Staff) -> None:
    component, monitor = make_watched()
    hear_all(monitor, "uu")
    assert errors(staff.send("monitor", monitor.pk, **{"feeds-0-DELETE": "on"})) == {}
    assert spans(component)[-1][:2] == ("staff", Status.OPERATIONAL)


@pytest.mark.parametrize("listed", [False, True])
def test_deleting_keeps_the_history_and_gives_the_component_back(staff: Staff, listed: bool) -> None:
    component, monitor = make_watched()
    hear_all(monitor, "uu")
    answer = staff.delete_listed("monitor", monitor.pk) if listed else staff.delete("monitor", monitor.pk)
    assert answer.status_code == 302
    assert not Monitor.objects.exists()
    assert [span[:2] for span in spans(component)] == [
        ("staff", Status.OPERATIONAL),
        ("monitor", Status.OPERATIONAL),
        ("staff", Status.OPERATIONAL),
    ]


# --- What staff see


def test_the_list_says_what_each_monitor_says_and_saw(
    staff: Staff, django_assert_max_num_queries: Any
) -> None:
    page = Page.objects.create(
        name="P", domain="p.example", url="https://p.example", time_zone="Europe/Paris"
    )
    down = make_monitor(page=page, now=at(-1), name="Shop")
    hear_all(down, "udd")
    make_monitor(page=page, now=at(-1), name="New")
    make_monitor(page=page, now=at(-1), name="Paused", enabled=False)
    # One of them asks which regions have no witness.
    with django_assert_max_num_queries(13):
        text = words(staff.list("monitor"))
    assert "Down since 20 Nov 2026, 13:01:00 No complete answer in time." in text
    assert "20 Nov 2026, 13:02:00 · 10000 ms" in text
    assert "Not checked yet" in text
    assert "nothing yet" in text
    assert "Paused" in text


def test_staff_see_which_region_is_silent(staff: Staff) -> None:
    _component, monitor = make_watched(regions=["ams", "nyc"])
    hear_all(monitor, "uuu", region="ams")
    RegionVerdict.objects.filter(region="nyc").update(verdict="silent", since=at(1))
    text = words(staff.open("monitor", monitor.pk).content.decode())
    assert "ams · 20 Nov 2026, 12:02:00 · up · HTTP 200 · 12 ms" in text
    assert "nyc · nothing yet · silent since 20 Nov 2026, 12:01:00" in text


def test_it_all_reads_in_french(staff: Staff) -> None:
    _component, monitor = make_watched()
    hear_all(monitor, "udd")
    staff.client.cookies["django_language"] = "fr"
    text = words(staff.open("monitor", monitor.pk).content.decode())
    for word in ("En panne depuis le", "Codes attendus", "Intervalle", "Pas de réponse complète"):
        assert word in text, word


def test_a_hostile_name_is_only_a_name(staff: Staff) -> None:
    make_monitor(name="<script>alert(1)</script>", config={"url": "https://example.com/?<b>"})
    page = staff.list("monitor")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>" not in page.split('id="result_list"')[1].split("</table>")[0]
