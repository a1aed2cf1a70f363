"""The screens of regions."""

import re
from datetime import timedelta
from typing import Any

import pyrage
import pytest
from django.utils import timezone

from monitors.models import Region
from tests.make import make_monitor
from tests.monitors.admin_pages import Staff

pytestmark = pytest.mark.django_db

KEY = str(pyrage.x25519.Identity.generate().to_public())


def test_staff_name_a_region_and_give_it_a_key(staff: Staff) -> None:
    assert staff.send("region", name="paris-1", recipient=f" {KEY} ").status_code == 302
    region = Region.objects.get()
    assert (region.name, region.recipient) == ("paris-1", KEY)


@pytest.mark.parametrize("name", ["Paris", "a b", "-a", "a.b", "a,b", "é", ""])
def test_a_name_that_no_queue_can_have_is_refused(staff: Staff, name: str) -> None:
    answer = staff.send("region", name=name)
    assert "name" in answer.context["adminform"].form.errors  # type: ignore[attr-defined]
    assert not Region.objects.exists()


@pytest.mark.parametrize(
    "recipient",
    ["AGE-SECRET-KEY-1ABC", "age1", KEY[:-1], f"{KEY}\n{KEY}"],
    ids=["secret", "short", "cut", "twice"],
)
def test_what_is_no_public_key_is_refused(staff: Staff, recipient: str) -> None:
    answer = staff.send("region", name="paris", recipient=recipient)
    assert list(answer.context["adminform"].form.errors) == ["recipient"]  # type: ignore[attr-defined]
    assert not Region.objects.exists()


def test_its_name_stays(staff: Staff) -> None:
    region = Region.objects.create(name="paris")
    staff.send("region", region.pk, name="oslo", recipient=KEY)
    region.refresh_from_db()
    assert (region.name, region.recipient) == ("paris", KEY)


def test_the_list_says_what_secrets_travel_under(staff: Staff, settings: Any) -> None:
    settings.PROBE_KEY = str(pyrage.x25519.Identity.generate())
    for name, recipient in (("default", ""), ("oslo", ""), ("paris", KEY)):
        Region.objects.create(name=name, recipient=recipient)
    own, ours = "sealed to its own key", "sealed with DATA_KEYS"
    assert re.findall(r'field-sealed">([^<]+)<', staff.list("region")) == [own, ours, own]


def test_the_list_says_which_are_heard(staff: Staff) -> None:
    now = timezone.now()
    Region.objects.create(name="oslo", heard_at=now - timedelta(seconds=7))
    Region.objects.create(name="paris", heard_at=now - timedelta(hours=1), silent_since=now)
    Region.objects.create(name="rome")
    Region.objects.create(name="wien", heard_at=now, offline_since=now, offline_at=now)
    shown = staff.list("region")
    assert "Doubts its own network" in shown
    assert "nothing heard yet" in shown
    assert "Silent" in shown
    assert "heard " in shown
    assert " ago" in shown


def test_a_region_that_a_monitor_names_stays(staff: Staff) -> None:
    region, free = Region.objects.create(name="paris"), Region.objects.create(name="oslo")
    make_monitor(regions=["default", "paris"])
    assert staff.delete("region", region.pk).status_code == 403
    assert staff.delete("region", free.pk).status_code == 302
    assert [each.name for each in Region.objects.all()] == ["paris"]
