"""A sender that is killed, for real: nothing is lost, and hardly anything comes twice."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Event

import pytest
from django.utils import timezone

from subscribers import claims
from subscribers.models import Delivery, DeliveryState
from tests.environment import database_url
from tests.make import make_page
from tests.subscribers.conftest import SmtpServer
from tests.subscribers.make import Clock, make_means, make_subscriber, notify, send

ROOT = Path(__file__).parents[2]
SENDER = "import django; django.setup(); from subscribers import tasks; tasks.send()"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_sender_that_is_killed_loses_nothing_and_repeats_a_few(smtp: SmtpServer) -> None:
    page = make_page()
    for _ in range(120):
        make_subscriber(page)
    notify(page, now=timezone.now())
    enough, killed = Event(), Event()

    def count(_address: str) -> str:
        if len(smtp.sink.recipients) == 60:
            enough.set()
            # Else it could have sent everything, or be in the middle of a statement.
            killed.wait(60)
        return "250 OK"

    smtp.sink.answer_data = count
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "EMAIL_URL": smtp.url,
        "EMAIL_FROM": "status@example.com",
    }
    sender = subprocess.Popen([sys.executable, "-c", SENDER], cwd=ROOT, env=environment)
    try:
        assert enough.wait(60)
    finally:
        sender.kill()
        sender.wait()
        killed.set()
    assert Delivery.objects.filter(state=DeliveryState.PENDING).exists()

    clock = Clock(timezone.now() + claims.LEASE)
    send("email", make_means(mail_url=smtp.url), clock)

    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}
    ids = [mail["Message-ID"] for mail in smtp.sink.mails]
    assert len(set(ids)) == 120
    assert len(ids) <= 120 + 20
