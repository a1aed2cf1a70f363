"""Test now: one look at what is filled in, before it is saved, for whoever may save it."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client

from monitors import trial
from monitors.models import Monitor
from tests.make import make_monitor, make_page
from tests.monitors.admin_pages import Staff, initial, words
from tests.monitors.small_site import Site, small_site
from tests.people import make_staff

pytestmark = pytest.mark.django_db
ADD = "/admin/monitors/monitor/add/"


@pytest.fixture
def target(settings: Any) -> Iterator[Site]:
    """A server that the guard lets through."""
    settings.PROBE_ALLOW = "127.0.0.1/32"
    with small_site() as found:
        yield found


@pytest.fixture(autouse=True)
def _nobody_tested_yet(db: None) -> None:
    cache.clear()


def ask(staff: Staff, url: str, *, htmx: bool = False, **values: str) -> Any:
    filled = initial(staff.open("monitor")) | {"_try": "1", "kind": "http", "http-url": url} | values
    headers = {"HX-Request": "true"} if htmx else {}
    return staff.client.post(ADD, filled, headers=headers)


def test_it_tells_the_result_and_each_phase_and_saves_nothing(staff: Staff, target: Site) -> None:
    make_page()
    answer = ask(staff, target.url)
    text = words(answer.content.decode())

    assert answer.status_code == 200
    assert len(target.heads) == 1
    for word in ("Up HTTP 200", "Connected", "Waited for the answer", "Transferred", "nothing is saved"):
        assert word in text, word
    assert f'value="{target.url}"' in answer.content.decode()
    assert not Monitor.objects.exists()


def test_with_a_script_only_the_result_comes(staff: Staff, target: Site) -> None:
    make_page()
    page = ask(staff, target.url, htmx=True).content.decode()

    assert "Up" in page
    assert 'id="trial"' in page
    assert [tag for tag in ("<form", "<html", "style=", "<script") if tag in page] == []


def test_what_came_of_a_failure_is_shown_as_text(staff: Staff, target: Site) -> None:
    make_page()
    target.status, target.body = 503, b"<script>alert(1)</script> out of order"
    page = ask(staff, target.url).content.decode()

    assert "HTTP 503" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; out of order" in page
    assert "<script>alert" not in page


def test_the_guard_refuses_here_too(staff: Staff, target: Site) -> None:
    make_page()
    page = words(ask(staff, "http://169.254.169.254/latest/meta-data/").content.decode())
    assert "private or reserved network" in page
    assert "Nothing was looked at." in page


def test_a_stored_secret_is_used_and_masked(staff: Staff, target: Site) -> None:
    make_page()
    secrets = json.dumps({"token": "s3cret-token-of-it"})
    monitor = make_monitor(config={"url": target.url}, secrets=secrets)
    target.status, target.body = 500, b"you sent s3cret-token-of-it"
    filled = initial(staff.open("monitor", monitor.pk)) | {"_try": "1"}
    page = staff.client.post(f"/admin/monitors/monitor/{monitor.pk}/change/", filled).content.decode()

    assert target.heads[0]["authorization"] == "Bearer s3cret-token-of-it"
    assert "you sent •••" in page
    assert "s3cret-token-of-it" not in page


def test_it_names_the_settings_that_cannot_be_looked_at(staff: Staff) -> None:
    make_page()
    page = words(ask(staff, "javascript:alert(1)", htmx=True).content.decode())
    assert "Address: The address must begin with http:// or https://" in page


def test_what_is_wrong_elsewhere_in_the_form_does_not_matter(staff: Staff, target: Site) -> None:
    make_page()
    assert "Up HTTP 200" in words(ask(staff, target.url, name="", interval="often").content.decode())


def test_a_heartbeat_has_nothing_to_look_at(staff: Staff) -> None:
    make_page()
    assert "the job calls" in ask(staff, "", kind="heartbeat", htmx=True).content.decode()


def test_nobody_tests_all_the_time(staff: Staff, target: Site) -> None:
    make_page()
    for _number in range(trial.SHARE):
        ask(staff, target.url, htmx=True)
    assert "Wait a minute" in ask(staff, target.url, htmx=True).content.decode()
    assert len(target.heads) == trial.SHARE
    assert trial.may(0)


def test_it_takes_no_longer_than_the_deadline(staff: Staff, settings: Any) -> None:
    settings.PROBE_ALLOW = "127.0.0.1/32"
    make_page()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        page = words(ask(staff, url, timeout="1", htmx=True).content.decode())
    assert "No complete answer in time." in page
    assert trial.seconds(60) == trial.DEADLINE == 10


@pytest.mark.parametrize("role", ["viewer", "communicator"])
def test_only_who_may_save_may_test(client: Client, target: Site, role: str) -> None:
    monitor = make_monitor(config={"url": target.url})
    client.force_login(make_staff(role))
    body = {"_try": "1", "kind": "http", "http-url": target.url, "timeout": "5"}
    assert client.post(ADD, body).status_code == 403
    assert client.post(f"/admin/monitors/monitor/{monitor.pk}/change/", body).status_code == 403
    assert target.heads == []


def test_who_may_add_and_not_change_tests_no_copy_of_what_is_secret(client: Client, target: Site) -> None:
    monitor = make_monitor(config={"url": target.url}, secrets=json.dumps({"token": "s3cret-token-of-it"}))
    person = make_staff("viewer")
    person.user_permissions.add(Permission.objects.get(codename="add_monitor"))
    client.force_login(person)
    body = {"_try": "1", "kind": "http", "http-url": target.url, "timeout": "5", "copy_of": str(monitor.pk)}
    assert client.post(ADD, body, headers={"HX-Request": "true"}).status_code == 403
    assert target.heads == []


def test_a_machine_that_comes_far_too_late_was_too_busy(
    staff: Staff, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROBE_ALLOW = "127.0.0.1/32"
    monkeypatch.setattr(trial, "MARGIN", -0.9)
    make_page()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        page = words(ask(staff, url, timeout="1", htmx=True).content.decode())
    assert "too busy" in page


def test_a_target_that_is_down_says_why(staff: Staff, settings: Any) -> None:
    settings.PROBE_ALLOW = "127.0.0.1/32"
    with small_site() as gone:
        url = gone.url
    make_page()
    page = words(ask(staff, url, htmx=True).content.decode())
    assert "Down" in page
    assert "refused" in page
