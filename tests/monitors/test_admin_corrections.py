"""The screens to correct uptime: nothing is saved before its digits were seen, or changed after."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from monitors import record
from monitors.models import Component, Correction
from monitors.proving import months
from monitors.spoken import percent, window
from monitors.status import Status
from statuspage.models import AuditEntry
from tests.make import make_component, make_monitor, make_page
from tests.people import make_staff

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OUTAGE = datetime(2026, 10, 10, 10, tzinfo=UTC)
DAY = timedelta(days=1)
# On the clock of Paris.
SAID = {
    "start": "2026-10-10T12:00:00",
    "end": "2026-10-10T22:00:00",
    "status": "operational",
    "reason_en": "A <b>sensor</b> lied.",
    "reason_fr": "Un capteur mentait.",
}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """All of it: a session that was used then would have ended long ago."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def component() -> Component:
    """Watched since September, down for ten hours in October, on a page in Paris."""
    component = make_component(make_page(time_zone="Europe/Paris"), now=OUTAGE - 30 * DAY)
    record.declare([component.pk], "incident:a", Status.MAJOR_OUTAGE, OUTAGE)
    record.release("incident:a", OUTAGE + timedelta(hours=10))
    months.freeze(NOW)
    return component


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(make_staff("operator", "olga"))
    return client


def address(component: Component) -> str:
    return f"{reverse('admin:monitors_correction_add')}?component={component.pk}"


def send(client: Client, path: str, do: str = "look", **values: Any) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return client.post(path, {"do": do, **values})


def words(answer: HttpResponse) -> str:
    return answer.content.decode()


def seen(answer: HttpResponse) -> str:
    return str(answer.context["form"].data["seen"])  # type: ignore[attr-defined]


def saved(client: Client, component: Component) -> Correction:
    looked = send(client, address(component), **SAID)
    assert send(client, address(component), "save", **SAID, seen=seen(looked)).status_code == 302
    return Correction.objects.latest("pk")


def test_first_the_component_is_chosen(operator: Client, component: Component) -> None:
    asked = words(operator.get(reverse("admin:monitors_correction_add")))
    assert f'href="?component={component.pk}"' in asked
    for wrong in ("x", "²", "-1", "9" * 30, str(component.pk + 1)):
        answer = operator.get(reverse("admin:monitors_correction_add"), {"component": wrong})
        assert f'href="?component={component.pk}"' in words(answer)


def test_the_form_tells_the_zone_and_what_can_be_corrected(operator: Client, component: Component) -> None:
    with time_machine.travel(NOW, tick=False):
        asked = words(operator.get(address(component)))
    assert "Europe/Paris" in asked
    assert "start=2026-10-10T12%3A00%3A00&amp;end=2026-10-10T22%3A00%3A00" in asked
    filled = operator.get(address(component), {"component": component.pk, "start": "2026-10-10T12:00:00"})
    assert 'value="2026-10-10T12:00:00"' in words(filled)


def test_what_is_offered_to_be_corrected_is_all_of_it(operator: Client, component: Component) -> None:
    # Checks are to the millisecond, the form to the second: nothing of the last second may be left.
    start = OUTAGE + 20 * DAY + timedelta(milliseconds=437)
    record.declare([component.pk], "incident:b", Status.MAJOR_OUTAGE, start)
    record.release("incident:b", start + timedelta(minutes=5))
    with time_machine.travel(NOW, tick=False):
        asked = words(operator.get(address(component)))
    assert "start=2026-10-30T11%3A00%3A00&amp;end=2026-10-30T11%3A05%3A01" in asked


def test_the_digits_are_shown_before_anything_is_saved(operator: Client, component: Component) -> None:
    looked = send(operator, address(component), **SAID)
    # October has 745 hours in Paris: 1 - 10/745 = 0.98657718…
    assert "October 2026" in words(looked)
    assert "98.657%" in words(looked)
    assert "100.000%" in words(looked)
    assert not Correction.objects.exists()
    assert "A &lt;b&gt;sensor&lt;/b&gt; lied." in words(looked)


def test_it_is_saved_with_who_and_why(operator: Client, component: Component) -> None:
    correction = saved(operator, component)
    assert (correction.start, correction.end) == (OUTAGE, OUTAGE + timedelta(hours=10))
    assert (str(correction.author), correction.reason_fr) == ("olga", "Un capteur mentait.")
    assert correction.entries.count() == 3
    shown = words(operator.get(reverse("admin:monitors_correction_change", args=[correction.pk])))
    assert "A &lt;b&gt;sensor&lt;/b&gt; lied." in shown
    assert "98.657%" in shown
    listed = words(operator.get(reverse("admin:monitors_correction_changelist")))
    assert "10 Oct 2026, 12:00:00" in listed
    entry = AuditEntry.objects.get(thing="monitors_correction", action="insert")
    assert "olga" in str(entry.actor)


@pytest.mark.parametrize("mark", ["", "0" * 16, "<script>"])
def test_nobody_saves_digits_that_they_did_not_see(operator: Client, component: Component, mark: str) -> None:
    answer = send(operator, address(component), "save", **SAID, seen=mark)
    assert answer.status_code == 200
    assert "98.657%" in words(answer)
    assert not Correction.objects.exists()


def test_another_correction_than_the_one_seen_is_shown_again(operator: Client, component: Component) -> None:
    looked = send(operator, address(component), **SAID)
    other = SAID | {"status": "partial_outage"}
    again = send(operator, address(component), "save", **other, seen=seen(looked))
    assert again.status_code == 200
    assert not Correction.objects.exists()
    assert send(operator, address(component), "save", **other, seen=seen(again)).status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start": ""}, "start"),
        ({"start": "yesterday"}, "start"),
        ({"start": "10000-01-01T00:00"}, "start"),
        ({"start": "2026-08-01T00:00:00"}, "start"),
        ({"end": "2026-10-10T11:00:00"}, "end"),
        ({"end": "2026-11-20T14:00:00"}, "end"),
        ({"status": "sunny"}, "status"),
        ({"status": "major_outage"}, "status"),
        ({"reason_en": "", "reason_fr": " "}, "reason_en"),
        ({"reason_fr": "x" * 501}, "reason_fr"),
        ({"reason_en": "a\x00b"}, "reason_en"),
    ],
)
def test_what_is_refused_is_named_and_nothing_is_lost(
    operator: Client, component: Component, changes: dict[str, str], field: str
) -> None:
    answer = send(operator, address(component), "save", **(SAID | changes))
    assert field in answer.context["form"].errors  # type: ignore[attr-defined]
    assert not Correction.objects.exists()
    if "reason_en" not in changes:
        assert "A &lt;b&gt;sensor&lt;/b&gt; lied." in words(answer)


def test_an_hour_that_comes_twice_is_asked_for_with_its_offset(
    operator: Client, component: Component
) -> None:
    twice = SAID | {"start": "2026-10-25T02:30:00", "end": "2026-10-25T04:00:00", "status": "partial_outage"}
    answer = send(operator, address(component), **twice)
    assert "with its offset" in words(answer)
    assert '<input type="text" name="start"' in words(answer)
    looked = send(operator, address(component), **(twice | {"start": "2026-10-25T02:30:00+01:00"}))
    assert looked.context["entries"]  # type: ignore[attr-defined]


def test_one_is_taken_back_with_a_reason(operator: Client, component: Component) -> None:
    correction = saved(operator, component)
    path = reverse("admin:monitors_correction_take_back", args=[correction.pk])
    assert send(operator, path, "save", reason_en="").context["form"].errors  # type: ignore[attr-defined]
    looked = send(operator, path, reason_en="It was true.")
    done = send(operator, path, "save", reason_en="It was true.", seen=seen(looked))
    assert done.status_code == 302
    assert Correction.objects.latest("pk").takes_back == correction
    assert "already" in words(send(operator, path, reason_en="Again."))
    shown = words(operator.get(reverse("admin:monitors_correction_change", args=[correction.pk])))
    assert "It was true." in shown


def test_nothing_of_it_is_changed_or_deleted(operator: Client, component: Component) -> None:
    correction = saved(operator, component)
    for screen in ("change", "delete"):
        path = reverse(f"admin:monitors_correction_{screen}", args=[correction.pk])
        assert operator.post(path, {"post": "yes", "status": "unknown"}).status_code == 403
    listed = {"action": "delete_selected", "_selected_action": [correction.pk], "post": "yes"}
    operator.post(reverse("admin:monitors_correction_changelist"), listed)
    assert Correction.objects.get() == correction


def test_a_component_with_corrections_can_still_be_deleted(operator: Client, component: Component) -> None:
    saved(operator, component)
    path = reverse("admin:monitors_component_delete", args=[component.pk])
    assert operator.post(path, {"post": "yes"}).status_code == 302
    assert not Correction.objects.exists()


def test_a_communicator_only_reads(client: Client, component: Component) -> None:
    client.force_login(make_staff("owner", "olga"))
    correction = saved(client, component)
    client.force_login(make_staff("communicator"))
    assert client.get(address(component)).status_code == 403
    assert send(client, address(component), **SAID).status_code == 403
    path = reverse("admin:monitors_correction_take_back", args=[correction.pk])
    assert client.get(path).status_code == 403
    shown = words(client.get(reverse("admin:monitors_correction_change", args=[correction.pk])))
    assert "take-back" not in shown


def test_figures_are_told_in_both_languages(settings: Any) -> None:
    from django.utils import translation

    assert (percent(99_871), percent(100_000), percent(None)) == ("99.871%", "100.000%", "no data")
    assert (window("24h"), window("7d"), window("2026-10")) == ("24 hours", "7 days", "October 2026")
    with translation.override("fr"):
        assert (percent(99_871), percent(None)) == ("99,871\N{NO-BREAK SPACE}%", "aucune donnée")
        assert window("24h") == "24\N{NO-BREAK SPACE}heures"
        assert (window("7d"), window("2026-10")) == ("7 jours", "octobre 2026")


def test_what_counted_against_it_names_its_monitor(component: Component, operator: Client) -> None:
    monitor = make_monitor(name="Front door", page=component.page)
    record.declare([component.pk], f"monitor:{monitor.pk}", Status.PARTIAL_OUTAGE, NOW - DAY)
    record.release(f"monitor:{monitor.pk}", NOW - DAY / 2)
    with time_machine.travel(NOW, tick=False):
        page = operator.get(address(component)).content.decode()
    assert "monitor “Front door”" in page
