"""Secrets in the form of monitors: typed, kept, replaced and removed, and never shown again."""

import json
from typing import Any

import pytest

from monitors.models import Monitor
from tests.make import make_monitor, make_page
from tests.monitors.admin_pages import Staff, errors

pytestmark = pytest.mark.django_db
SECRET = "hunter2-the-password"
HTTP = {"name": "Website", "kind": "http", "http__url": "https://example.com/", "http__username": "ada"}


def make_secret(**values: Any) -> Monitor:
    config = {"url": "https://example.com/", "username": "ada"}
    return make_monitor(config=config, secrets=json.dumps({"password": SECRET}), **values)


def kept() -> dict[str, str]:
    secrets = Monitor.objects.get().secrets
    found: dict[str, str] = json.loads(secrets) if secrets else {}
    return found


def test_a_secret_is_kept_apart_and_encrypted(staff: Staff, django_db_blocker: Any) -> None:
    make_page()
    assert errors(staff.send("monitor", **HTTP, http__password=SECRET)) == {}
    monitor = Monitor.objects.get()

    assert monitor.config == {"url": "https://example.com/", "username": "ada"}
    assert kept() == {"password": SECRET}


def test_a_secret_is_on_no_page_again(staff: Staff) -> None:
    monitor = make_secret()
    pages = [
        staff.open("monitor", monitor.pk),
        staff.client.post(staff.open("monitor", monitor.pk).request["PATH_INFO"], {"http-password": SECRET}),
        staff.client.get(f"/admin/monitors/monitor/add/?copy_of={monitor.pk}"),
        staff.client.get(f"/admin/monitors/monitor/{monitor.pk}/seen/"),
        staff.client.get("/admin/monitors/monitor/"),
        staff.client.get(f"/admin/monitors/monitor/{monitor.pk}/history/"),
    ]
    for answer in pages:
        assert answer.status_code == 200
        assert SECRET not in answer.content.decode()


def test_an_empty_input_keeps_it_another_text_replaces_it_and_a_box_removes_it(staff: Staff) -> None:
    monitor = make_secret()
    assert errors(staff.send("monitor", monitor.pk, name="Renamed")) == {}
    assert kept() == {"password": SECRET}
    assert errors(staff.send("monitor", monitor.pk, http__password="another one")) == {}
    assert kept() == {"password": "another one"}
    gone = {"http-password-remove": "on", "http-username": ""}
    assert errors(staff.send("monitor", monitor.pk, **gone)) == {}
    assert kept() == {}


def test_only_a_stored_secret_can_be_removed(staff: Staff) -> None:
    page = staff.open("monitor", make_secret().pk).content.decode()
    assert "http-password-remove" in page
    assert page.count('placeholder="stored; empty keeps it"') == 1
    assert "http-password-remove" not in staff.open("monitor", make_monitor().pk).content.decode()


def test_a_secret_goes_nowhere_else_unless_it_is_written_again(staff: Staff) -> None:
    monitor = make_secret()
    refused = errors(staff.send("monitor", monitor.pk, http__url="https://evil.example/"))
    assert list(refused) == ["http-password"]
    assert "another one" in refused["http-password"]
    assert Monitor.objects.get().config["url"] == "https://example.com/"


def test_a_secret_of_another_kind_does_not_stay(staff: Staff) -> None:
    monitor = make_secret()
    tcp = {"kind": "tcp", "tcp__address": "db.example.com:5432"}
    assert errors(staff.send("monitor", monitor.pk, **tcp)) == {}
    assert kept() == {}


def test_several_lines_have_room_and_stay_as_they_were_written(staff: Staff) -> None:
    make_page()
    headers = "Accept: text/plain\r\nX-Team: ops"
    assert errors(staff.send("monitor", **HTTP, http__headers=headers)) == {}
    monitor = Monitor.objects.get()

    assert monitor.config["headers"] == "Accept: text/plain\nX-Team: ops"
    page = staff.open("monitor", monitor.pk).content.decode()
    assert '<textarea name="http-headers"' in page
    assert "X-Team: ops</textarea>" in page


def test_whoever_sees_the_form_again_is_told_to_write_the_secret_again(staff: Staff) -> None:
    make_page()
    for refused in ({"name": ""}, {"_try": "1", "http__url": "nonsense"}):
        page = staff.send("monitor", **HTTP | {"http__password": SECRET} | refused).content.decode()
        assert page.count("Write it again") == 1
        assert "Write what is secret again: it is shown to nobody, not even to you.</strong> Password" in page
        assert SECRET not in page
