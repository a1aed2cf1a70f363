"""Sums of a real page: published with what they belong to, kept until they change, and nobody's secrets."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import post
from incidents.afterwards import merging
from incidents.models import Incident
from monitors import record
from monitors.models import Component, Page
from monitors.proving import corrections, months
from monitors.proving.touched import Wanted
from monitors.status import Status
from statuspage.stored import contents, files_at
from statuspage.take import take
from tests.make import make_component, make_monitor, make_page
from tests.statuspage.test_releases import BY, make_incident, release, stored_at

pytestmark = pytest.mark.django_db(transaction=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONFIG = {"url": "http://10.0.0.7/"}
NOW = datetime(2031, 11, 20, 12, tzinfo=UTC)


def make_past() -> tuple[Page, Component, Incident]:
    """Watched since September by a monitor of a private name, with an incident in October."""
    page = make_page()
    component = make_component(page, slug="till", now=NOW - 70 * DAY)
    monitor = make_monitor([component], now=NOW - 70 * DAY, name="db-7.internal by Anna", config=CONFIG)
    source = f"monitor:{monitor.pk}"
    record.declare([component.pk], source, Status.OPERATIONAL, NOW - 60 * DAY)
    record.declare([component.pk], source, Status.PARTIAL_OUTAGE, NOW - 3 * HOUR)
    record.declare([component.pk], source, Status.OPERATIONAL, NOW - 2 * HOUR)
    incident = make_incident(page, component, NOW - 40 * DAY)
    resolve(incident, component, NOW - 40 * DAY + 5 * HOUR)
    return page, component, incident


def resolve(incident: Incident, component: Component, now: datetime) -> None:
    post.update_incident(
        incident,
        status="resolved",
        components={component: Status.OPERATIONAL},
        body_en="It works.",
        body_fr="",
        now=now,
    )


def correct(component: Component, now: datetime) -> None:
    wanted = Wanted(component, NOW - 30 * DAY, NOW - 30 * DAY + HOUR, Status.MAJOR_OUTAGE)
    corrections.correct(wanted, reason_en="It was down.", reason_fr="", author=None, now=now)


def published(page: Page, now: datetime) -> dict[str, bytes]:
    """All that a reader finds after a release."""
    return contents(files_at(page.pk, release(page, now).sequence))


def digits(content: bytes, column: str, value: str) -> str:
    lines = [line for line in csv.DictReader(io.StringIO(content.decode(), "")) if line[column] == value]
    counted, lost = (sum(Decimal(line[name]) for line in lines) for name in ("counted", "lost"))
    found = (100 * (counted - lost) / counted).quantize(Decimal("0.001"), ROUND_DOWN)
    return f"{found:f}%" if found < 100 else "100%"


def test_the_files_of_a_release_add_up_to_the_digits_on_the_page_before_and_after_a_correction() -> None:
    page, component, _incident = make_past()
    months.freeze(NOW)
    first = published(page, NOW)
    check(first)
    assert b",correction:" not in first["components/till/months.csv"]
    correct(component, NOW + timedelta(minutes=1))
    files = published(page, NOW + timedelta(minutes=2))
    check(files)
    assert re.search(rb",3600,2031-10,correction:\d+\r\n", files["components/till/months.csv"])
    assert files["components/till/months/index.html"] != first["components/till/months/index.html"]


def check(files: dict[str, bytes]) -> None:
    html = files["components/till/index.html"].decode()
    shown = dict(re.findall(r'<a href="((?:sum|months)/#[^"]+)">([\d.]+%) uptime', html))
    assert len(shown) == 8
    for link, said in shown.items():
        place, _hash, key = link.partition("/#")
        column, value = (key, "1") if place == "sum" else ("month", key)
        assert digits(files[f"components/till/{place}.csv"], column, value) == said, link


def test_closed_months_are_written_when_they_change_and_kept_until_then() -> None:
    page, component, _incident = make_past()
    months.freeze(NOW)
    first = published(page, NOW)
    fresh = make_incident(page, component, NOW + timedelta(minutes=1))
    resolve(fresh, component, NOW + timedelta(minutes=9))
    second = release(page, NOW + timedelta(minutes=10))
    written = {path for path in stored_at(second.sequence) if re.search(r"/(sum|months)[/.]", path)}
    assert written == {f"components/till/{name}" for name in ("sum.csv", "sum/index.html")} | {
        "fr/components/till/sum/index.html"
    }
    files = contents(files_at(page.pk, second.sequence))
    assert files["components/till/months.csv"] == first["components/till/months.csv"]
    assert f"incident:{fresh.public_id}".encode() in files["components/till/sum.csv"]


def test_a_beat_reads_and_writes_no_sum() -> None:
    page, _component, _incident = make_past()
    release(page, NOW + HOUR)
    beat = take(page.pk, now=NOW + HOUR + timedelta(minutes=1), sequence=9, newer_than=NOW + HOUR, by=BY)
    assert (beat.documents.sums, beat.documents.closed, beat.documents.titles) == ((), (), ())


def test_a_title_that_is_changed_is_changed_in_closed_months_and_a_merged_incident_is_led_on() -> None:
    page, component, incident = make_past()
    months.freeze(NOW)
    release(page, NOW)
    later = NOW + timedelta(minutes=5)
    Incident.objects.filter(pk=incident.pk).update(title_en="Cards were refused", updated_at=later)
    Page.objects.filter(pk=page.pk).update(touched_at=later)
    assert b"Cards were refused" in published(page, later)["components/till/months/index.html"]
    other = make_incident(page, component, later + timedelta(minutes=1))
    incident.refresh_from_db()
    merging.merge(incident, other, later + timedelta(minutes=2))
    files = published(page, later + timedelta(minutes=3))
    assert f"incidents/{incident.public_id}/".encode() in files["components/till/sum/index.html"]
    assert f"incidents/{incident.public_id}/index.html" in files


def test_nothing_public_names_a_monitor_its_address_or_who_watches() -> None:
    page, _component, _incident = make_past()
    months.freeze(NOW)
    files = published(page, NOW)
    shown = b"".join(files[path] for path in files if "components/till/" in path)
    assert b"seen by checks" in shown
    assert b",checks\r\n" in shown
    for secret in (b"db-7", b"Anna", b"10.0.0.7", b"monitor:"):
        assert secret not in shown


def test_sums_of_any_number_of_components_cost_as_many_queries() -> None:
    page, _component, _incident = make_past()
    months.freeze(NOW)
    few = queries(page)
    for _number in range(4):
        component = make_component(page, now=NOW - 70 * DAY)
        make_incident(page, component, NOW - 50 * DAY)
    months.freeze(NOW + HOUR)
    assert queries(page) == few
    assert few <= 32


def queries(page: Page) -> int:
    """Those of a whole release: it reads all that there is."""
    with CaptureQueriesContext(connection) as found:
        take(page.pk, now=NOW + HOUR, sequence=9, newer_than=None, by=BY)
    return len(found)
