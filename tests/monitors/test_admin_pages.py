"""The forms of pages, groups and components: what is refused, and what saving sets going."""

from typing import Any

import pytest

from monitors.models import Component, Group, Page
from monitors.status import Status
from tests.make import make_component, make_group, make_monitor, make_page
from tests.monitors.admin_pages import Staff, errors, words
from tests.monitors.scenes import at, hear_all, make_watched, spans

PAGE = {"name": "Example", "domain": "status.example.com", "url": "https://status.example.com"}
LONG = "x" * 900_000


def touched(page: Page) -> Any:
    return Page.objects.get(pk=page.pk).touched_at


def test_a_page_is_saved_as_browsers_will_ask_for_it(staff: Staff) -> None:
    values = {**PAGE, "domain": "Status.Example.com.", "url": "https://status.example.com/"}
    assert errors(staff.send("page", **values, time_zone="Europe/Paris")) == {}
    page = Page.objects.get()
    assert (page.domain, page.url) == ("status.example.com", "https://status.example.com")
    assert (page.languages, page.default_language) == (["en", "fr"], "en")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "required"),
        ("name", "a\x00b", "Null characters"),
        ("name", "a\u2028b", "control characters"),
        ("name", LONG, "at most 100 characters"),
        ("domain", "", "required"),
        ("domain", "https://status.example.com/", "host alone"),
        ("domain", "status.example.com:8000", "host alone"),
        ("domain", "user@status.example.com", "host alone"),
        ("domain", "a..b", "host alone"),
        ("domain", LONG, "at most 253 characters"),
        ("url", "javascript:alert(1)", "must begin with http:// or https://"),
        ("url", "file:///etc/passwd", "must begin with http:// or https://"),
        ("url", "https://user:secret@example.com", "user name or password"),
        ("url", "https://exa\x1bmple.com", "control characters"),
        ("url", "status.example.com", "must begin with http:// or https://"),
        ("url", LONG, "at most 500 characters"),
        ("support_url", "javascript:alert(1)", "must begin with http:// or https://"),
        ("support_url", "data:text/html,x", "must begin with http:// or https://"),
        ("time_zone", "Mars/Olympus_Mons", "Select a valid choice"),
        ("time_zone", "../../etc/passwd", "Select a valid choice"),
        ("time_zone", "", "required"),
        ("languages", [], "required"),
        ("languages", ["tlh"], "Select a valid choice"),
        ("default_language", "tlh", "Select a valid choice"),
        ("weight_major", "1.001", "less than or equal to 1"),
        ("weight_partial", "-0.1", "greater than or equal to 0"),
        ("weight_degraded", "NaN", "Enter a number"),
        ("weight_degraded", "0.1234", "no more than 3 decimal places"),
    ],
)
def test_a_field_of_a_page_is_refused(staff: Staff, field: str, value: Any, said: str) -> None:
    refused = errors(staff.send("page", **{**PAGE, field: value}))
    assert field in refused
    assert said in refused[field]
    assert not Page.objects.exists()


def test_a_page_speaks_its_default_language(staff: Staff) -> None:
    refused = errors(staff.send("page", **PAGE, languages=["en"], default_language="fr"))
    assert refused == {"default_language": "The page does not speak this language."}


def test_two_pages_do_not_share_a_domain(staff: Staff) -> None:
    make_page(domain="status.example.com")
    assert (
        "already exists" in errors(staff.send("page", **{**PAGE, "domain": "STATUS.example.com"}))["domain"]
    )


def test_an_intranet_has_a_page_too(staff: Staff) -> None:
    assert errors(staff.send("page", **{**PAGE, "url": "http://10.0.0.5:8080"})) == {}


def test_a_changed_page_is_published(staff: Staff) -> None:
    page = make_page()
    assert errors(staff.send("page", page.pk, name="Renamed")) == {}
    assert touched(page) > page.touched_at


def test_a_page_is_deleted_with_everything_on_it(staff: Staff) -> None:
    component, _monitor = make_watched()
    assert staff.delete("page", component.page_id).status_code == 302
    assert not Component.objects.exists()


# --- Groups

GROUP = {"name_en": "Payments", "name_fr": "Paiements"}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name_en", "", "required"),
        ("name_en", "a\x85b", "control characters"),
        ("name_fr", "a\nb", "control characters"),
        ("name_fr", LONG, "at most 100 characters"),
        ("position", "-1", "greater than or equal to 0"),
        ("position", "9" * 30, "less than or equal to 2147483647"),
        ("page", "nonsense", "Select a valid choice"),
    ],
)
def test_a_field_of_a_group_is_refused(staff: Staff, field: str, value: str, said: str) -> None:
    make_page()
    refused = errors(staff.send("group", **{**GROUP, field: value}))
    assert list(refused) == [field]
    assert said in refused[field]


@pytest.mark.parametrize("listed", [False, True])
def test_a_deleted_group_leaves_its_components(staff: Staff, listed: bool) -> None:
    group = make_group()
    component = make_component(group.page, group=group)
    before = touched(group.page)
    assert (staff.delete_listed if listed else staff.delete)("group", group.pk).status_code == 302
    component.refresh_from_db()
    assert component.group is None
    assert touched(group.page) > before


# --- Components

COMPONENT = {"name_en": "API", "slug": "api"}


def test_a_component_is_shown_at_once_as_staff_declare_it(staff: Staff) -> None:
    page = make_page()
    assert errors(staff.send("component", **COMPONENT, declared=Status.PARTIAL_OUTAGE)) == {}
    [span] = spans(Component.objects.get())[-1:]
    assert (span[0], span[1], span[3]) == ("staff", Status.PARTIAL_OUTAGE, None)
    assert touched(page) > page.touched_at


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name_en", "", "required"),
        ("name_en", "a\x00b", "Null characters"),
        ("name_fr", "a\u202eb", "control characters"),
        ("name_fr", LONG, "at most 100 characters"),
        ("slug", "", "required"),
        ("slug", "../etc", "valid “slug”"),
        ("slug", "a b", "valid “slug”"),
        ("slug", LONG, "at most 60 characters"),
        ("description_en", "a\x1b[0m", "control characters"),
        ("description_fr", LONG, "at most 500 characters"),
        ("position", "first", "whole number"),
        ("declared", "excellent", "Select a valid choice"),
        ("declared", "unknown", "Select a valid choice"),
        ("group", "999999", "Select a valid choice"),
        ("page", "", "required"),
    ],
)
def test_a_field_of_a_component_is_refused(staff: Staff, field: str, value: str, said: str) -> None:
    make_page()
    refused = errors(staff.send("component", **{**COMPONENT, field: value}))
    assert list(refused) == [field]
    assert said in refused[field]


def test_a_short_name_is_used_once_on_a_page(staff: Staff) -> None:
    component = make_component(slug="api")
    refused = errors(staff.send("component", page=component.page_id, **COMPONENT))
    assert refused == {"slug": "Another component of this page has this short name."}
    assert errors(staff.send("component", page=make_page().pk, **COMPONENT)) == {}
    assert errors(staff.send("component", component.pk, name_en="Same")) == {}


def test_a_group_of_another_page_is_refused(staff: Staff) -> None:
    page, group = make_page(), make_group()
    refused = errors(staff.send("component", page=page.pk, **COMPONENT, group=group.pk))
    assert refused == {"group": "This group is on another page."}
    component = make_component(page)
    assert "group" in errors(staff.send("component", component.pk, group=group.pk))


def test_staff_declare_only_what_nobody_watches(staff: Staff) -> None:
    component = make_component()
    assert errors(staff.send("component", component.pk, declared=Status.MAJOR_OUTAGE)) == {}
    assert spans(component)[-1][:2] == ("staff", Status.MAJOR_OUTAGE)
    assert 'value="major_outage" selected' in staff.open("component", component.pk).content.decode()
    watched, monitor = make_watched()
    hear_all(monitor, "uu")
    assert errors(staff.send("component", watched.pk, declared=Status.MAJOR_OUTAGE)) == {}
    assert spans(watched)[-1][:2] == ("monitor", Status.OPERATIONAL)


def test_a_component_gets_and_loses_its_monitor_on_its_own_form(staff: Staff) -> None:
    component = make_component()
    _other, monitor = make_watched()
    monitor = make_monitor(page=component.page)
    values = {"feeds-0-monitor": monitor.pk, "feeds-0-impact": "degraded_performance"}
    assert errors(staff.send("component", component.pk, **values)) == {}
    assert monitor.feeds.get().impact == "degraded_performance"
    assert errors(staff.send("component", component.pk, **{"feeds-0-DELETE": "on"})) == {}
    assert not monitor.feeds.exists()
    assert spans(component)[-1][:2] == ("staff", Status.OPERATIONAL)


def test_a_monitor_of_another_page_is_refused(staff: Staff) -> None:
    component, elsewhere = make_component(), make_monitor()
    values = {"feeds-0-monitor": elsewhere.pk, "feeds-0-impact": "major_outage"}
    assert "feeds-0-monitor" in errors(staff.send("component", component.pk, **values))
    refused = errors(staff.send("component", page=component.page_id, **COMPONENT, **values))
    assert refused == {"feeds-0-monitor": "This is on another page."}


@pytest.mark.parametrize("listed", [False, True])
def test_a_deleted_component_leaves_the_page(staff: Staff, listed: bool) -> None:
    component = make_component()
    before = touched(component.page)
    assert (staff.delete_listed if listed else staff.delete)("component", component.pk).status_code == 302
    assert not Component.objects.exists()
    assert touched(component.page) > before


def test_the_list_says_what_customers_see(staff: Staff, django_assert_max_num_queries: Any) -> None:
    page = make_page()
    for _ in range(5):
        make_component(page)
    component = make_component(page)
    hear_all(make_monitor({component: Status.PARTIAL_OUTAGE}, now=at(-1)), "dd")
    with django_assert_max_num_queries(10):
        html = staff.list("component")
    text = words(html)
    assert text.count("Operational declared by staff") == 5
    assert "Partial outage" in text
    assert "tone-partial_outage" in html


def test_groups_list_reads_in_french(staff: Staff) -> None:
    group = make_group(name_fr="Paiements")
    assert Group.objects.get() == group
    staff.client.cookies["django_language"] = "fr"
    assert "Paiements" in words(staff.list("group"))
