"""What leaves the application for others to keep holds no secret: the page, what lies off site, the log."""

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from monitors import record
from monitors.models import Page
from monitors.probes import Outcome
from monitors.reasons import Reason
from monitors.seen import Seen
from statuspage import offsite, releases
from statuspage.follow import Follower
from statuspage.installation import installation
from statuspage.models import Target
from statuspage.push import push
from subscribers import signup
from tests.make import make_component, make_monitor, make_page
from tests.statuspage.test_releases import make_incident
from tests.subscribers.make import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)
HOOK = signup.new_secret()
SECRETS = (
    "https://hc.example/dead-man-uuid",
    "reader-of-it@example.com",
    "hook-of-theirs.example",
    HOOK,
    "sender-of-it@example.com",
    "password-of-readers",
    "token-of-the-monitor",
    "internal-address.example",
    "password-of-the-monitor",
    "key-in-its-headers",
    "evidence-of-its-failure",
    "ada@staff.example",
)


def make_full(folder: Path) -> tuple[Page, Target]:
    """A page with a secret of every kind, published to a folder with a private place."""
    page = make_page(
        password=make_password("password-of-readers"),
        dead_man_url=SECRETS[0],
        sender="Acme <sender-of-it@example.com>",
        age_recipient=str(pyrage.x25519.Identity.generate().to_public()),
    )
    component = make_component(page)
    url = "https://internal-address.example/?key=token-of-the-monitor"
    monitor = make_monitor(
        [component],
        config={"url": url, "username": "ada"},
        secrets=json.dumps({"password": SECRETS[8], "secret_headers": f"X-Key: {SECRETS[9]}"}),
        name="internal-address.example",
    )
    failed = replace(
        Outcome.failed(Reason.STATUS, 1.0, 500), excerpt=SECRETS[10], facts={"text": SECRETS[10]}
    )
    now = timezone.now()
    record.sync_monitor(monitor, now - timedelta(minutes=1))
    assert record.record_batch("default", [Seen(monitor.pk, now, failed)], now).taken == 1
    make_subscriber(page, address="reader-of-it@example.com")
    make_subscriber(page, channel="webhook", address="https://hook-of-theirs.example/", secret=HOOK)
    User.objects.create_user("ada", "ada@staff.example")
    make_incident(page, component, timezone.now())
    config = {"path": str(folder / "public"), "private_path": str(folder / "private")}
    return page, Target.objects.create(page=page, name="folder", kind="directory", config=config)


def test_no_secret_leaves(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    page, target = make_full(tmp_path)
    now, by = timezone.now(), installation()
    for minutes in range(2):
        releases.make(page, now + timedelta(minutes=minutes), by)
        target.refresh_from_db()
        assert push(target, now + timedelta(minutes=minutes), by)
        make_component(page)
    assert offsite.write(target, now, by)
    call_command("export", str(tmp_path / "export"), "--page", page.domain)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"public", "private", "export"} <= {path.relative_to(tmp_path).parts[0] for path in files}
    secrets = [
        *SECRETS,
        page.password,
        *(os.environ[key] for key in ("SIGNING_KEY", "DATA_KEYS", "SECRET_KEY")),
    ]
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], path
    assert not [secret for secret in secrets if secret in caplog.text]


def test_a_secret_that_no_key_opens_does_not_freeze_the_live_site(tmp_path: Path) -> None:
    page = make_page(dead_man_url="https://hc.example/")
    releases.make(page, timezone.now(), installation())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitors_page SET dead_man_url = 'of a lost key' WHERE id = %s", [page.pk])
    follower = Follower(tmp_path)
    follower.look()
    assert "index.html" in follower.shelves[page.domain]
