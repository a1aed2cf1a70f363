"""A delivery that ends its sender, whoever takes it: everybody else is told, and staff find it parked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from subscribers import claims, records
from subscribers.models import Delivery, DeliveryState
from tests.environment import database_url
from tests.make import make_page
from tests.subscribers.conftest import SmtpServer, smtp
from tests.subscribers.make import make_subscriber, notify

__all__ = ["smtp"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
# A library that crashes on one address, as those written in C can.
SENDER = """
import os, django
django.setup()
from subscribers import mail, tasks
whole = mail.copy
def crashing(letter, message, means):
    return os.abort() if message.address.startswith("poison") else whole(letter, message, means)
if os.environ["CRASHES"] == "yes":
    mail.copy = crashing
tasks.send()
"""


def send(smtp: SmtpServer, crashes: str) -> int:
    """One turn of a sender process. Returns its exit code."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "EMAIL_URL": smtp.url,
        "EMAIL_FROM": "status@example.com",
        "CRASHES": crashes,
    }
    return subprocess.run([sys.executable, "-c", SENDER], cwd=ROOT, env=environment).returncode


def test_a_sender_that_aborts_on_one_delivery_parks_it_and_everybody_else_is_told(smtp: SmtpServer) -> None:
    page = make_page()
    fine = {make_subscriber(page).address for _ in range(15)}
    poison = make_subscriber(page, address="poison@example.com")
    fine |= {make_subscriber(page).address for _ in range(15)}
    notify(page, now=timezone.now())

    deaths = 0
    while send(smtp, "yes") != 0:
        deaths += 1
        # Its lease runs out.
        Delivery.objects.exclude(lease="").update(due_at=timezone.now())

    assert deaths == claims.PARKED_AFTER
    assert set(smtp.sink.recipients) == fine
    parked = Delivery.objects.get(state=DeliveryState.DEAD)
    assert (parked.subscriber, parked.error) == (poison, "Its sender stopped five times while sending it.")
    assert Delivery.objects.filter(state=DeliveryState.SENT).count() == len(fine)

    assert records.retry([parked.pk], timezone.now()) == 1
    assert send(smtp, "no") == 0
    assert smtp.sink.recipients.count("poison@example.com") == 1
