"""The secrets of a monitor, from the form to the evidence of a failed check: nobody reads them anywhere."""

import asyncio
import json
import logging
import socket
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone

from monitors import record, schedule
from monitors.models import Evidence, Monitor
from monitors.network.guard import Allow
from monitors.probes import Outcome
from monitors.probes.batch import Checker, Item
from monitors.secrets import Settings
from monitors.seen import Seen
from statuspage.models import AuditEntry
from statuspage.people import audit_export
from tests.make import make_component, make_page
from tests.monitors.admin_pages import Staff, errors
from tests.monitors.targets import echoing, serving

pytestmark = pytest.mark.django_db

PASSWORD = "canary&passw0rd/1"
KEY = "canary-k3y-0f-header"
FORMS = [
    *(PASSWORD, KEY, quote(PASSWORD, safe=""), b64encode(KEY.encode()).decode()[:-4]),
    *(
        b64encode(f"ada:{PASSWORD}".encode()).decode().rstrip("="),
        PASSWORD.encode().hex(),
        KEY.encode().hex(),
    ),
]
LOOPBACK = "127.0.0.1/32"
# Of a monitor, beside its form.
PAGES = ("history", "seen")


def holding(text: str) -> list[str]:
    """Which forms of the secrets are in it."""
    return [form for form in FORMS if form in text]


def tables_holding() -> list[str]:
    """The tables that hold a secret in plain text, whichever column it is in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        names = [name for (name,) in cursor]
        found = []
        for name in names:
            for form in FORMS:
                cursor.execute(
                    f'SELECT EXISTS (SELECT FROM "{name}" t WHERE strpos(t::text, %s) > 0)', [form]
                )
                if cursor.fetchone()[0]:
                    found.append(name)
    return found


def make_secret(staff: Staff, url: str) -> Monitor:
    """A monitor with secrets, typed in the form."""
    typed: dict[str, Any] = {
        "name": "Website",
        "kind": "http",
        "http__url": url,
        "http__username": "ada",
        "http__password": PASSWORD,
        "http__secret_headers": f"X-Api-Key: {KEY}",
        "regions": "default",
    }
    assert errors(staff.send("monitor", **typed)) == {}
    return Monitor.objects.get()


def check(staff: Staff) -> tuple[Monitor, Outcome]:
    """A check of a server that repeats all that it is told."""

    async def run(monitor: Monitor, port: int) -> Outcome:
        async with serving(echoing, port=port):
            kept = Settings.kept(monitor.config, monitor.secrets)
            item = Item(monitor.pk, monitor.kind, kept.config, 20, secrets=kept.secrets)
            return await Checker(Allow.parse(LOOPBACK)).run(item)

    # Nobody else gets the port while staff fill in the form.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monitor = make_secret(staff, f"http://127.0.0.1:{port}/")
    return monitor, asyncio.run(run(monitor, port))


def test_nothing_but_the_check_itself_ever_holds_one(
    staff: Staff, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PROBE_ALLOW = LOOPBACK
    caplog.set_level(logging.DEBUG)
    component = make_component()
    monitor, outcome = check(staff)
    monitor.feeds.create(component=component)
    assert Settings.kept(monitor.config, monitor.secrets).secrets["password"] == PASSWORD
    assert outcome.reason == "status"
    assert "•••" in outcome.excerpt

    # What travels to and from the worker, in the open.
    now = timezone.now()
    Monitor.objects.update(changed_at=now - timedelta(minutes=5), due_at=now)
    batches = schedule.claim(now)
    assert [item["monitor"] for batch in batches for item in batch.items] == [monitor.pk]
    travels = [json.dumps(batch.items) for batch in batches]
    seen = Seen(monitor.pk, now, outcome)
    travels.append(json.dumps(seen.to_json()))
    assert holding("".join(travels)) == []

    # What is kept of it, here and in the log of changes.
    assert record.record_batch("default", [seen], now).taken == 1
    assert Evidence.objects.filter(monitor=monitor).exists()
    assert errors(staff.send("monitor", monitor.pk, name="Renamed", http__password=PASSWORD + "2")) == {}
    assert AuditEntry.objects.filter(thing="monitors_monitor", action="update").exists()
    assert tables_holding() == []

    # What staff look at, and take away.
    shown = [
        staff.open("monitor", monitor.pk).content.decode(),
        staff.list("monitor"),
        *(
            staff.client.get(f"/admin/monitors/monitor/{monitor.pk}/{part}/").content.decode()
            for part in PAGES
        ),
        staff.client.get("/admin/statuspage/auditentry/").content.decode(),
        *("".join(write(AuditEntry.objects.all())) for _kind, write in audit_export.FORMATS.values()),
    ]
    assert all("Renamed" in page or "monitors_monitor" in page for page in shown)
    assert holding("".join(shown)) == []

    assert errors(staff.send("monitor", monitor.pk, kind="tcp", tcp__address="127.0.0.1:9")) == {}
    assert staff.delete("monitor", monitor.pk).status_code == 302
    assert tables_holding() == []
    assert holding(caplog.text) == []


def test_a_refused_form_does_not_send_them_back(staff: Staff) -> None:
    make_page()
    typed = {"name": "", "kind": "http", "http__url": "javascript:", "http__password": PASSWORD}
    answer = staff.send("monitor", **typed, http__secret_headers=f"X-Api-Key: {KEY}", http__token=KEY)
    assert {"name", "http-url"} <= set(errors(answer))
    assert holding(answer.content.decode()) == []
