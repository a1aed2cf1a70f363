"""Calendars that people subscribed to follow a maintenance: one event, each version newer than the last."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from icalendar import Calendar, Component

from incidents import maintain, reminders
from incidents.models import Maintenance
from monitors.models import Page
from statuspage.installation import installation
from statuspage.render.calendar import files
from statuspage.take import take
from tests.incidents.make import minutes, schedule, update_maintenance
from tests.make import make_page

pytestmark = pytest.mark.django_db(transaction=True)


def event(page: Page, now: datetime, language: str = "en") -> Component:
    by = installation()
    snapshot = take(page.pk, now=now, sequence=1, newer_than=None, by=by).snapshot
    with translation.override(language):
        found = dict(files(snapshot, language))
    [one] = Calendar.from_ical(found["maintenance.ics"]).walk("VEVENT")
    return one


def test_it_keeps_its_name_through_every_change_and_says_that_it_is_cancelled() -> None:
    page = make_page(time_zone="Europe/Paris")
    now = timezone.now().replace(microsecond=0)
    start = now + timedelta(days=3)
    maintenance = schedule(page, now=now, scheduled_for=start, scheduled_until=start + minutes(60))
    seen = [event(page, now)]
    later = start + timedelta(days=1)

    def then(number: int, verb: Any) -> None:
        verb(now + minutes(number))
        seen.append(event(page, now + minutes(number)))

    def extend(at: datetime) -> None:
        until = later + minutes(90)
        update_maintenance(maintenance, "scheduled", now=at, body_en="", scheduled_until=until)

    def move(at: datetime) -> None:
        update_maintenance(maintenance, "scheduled", now=at, body_en="", scheduled_for=later)

    def rename(at: datetime) -> None:
        maintain.rename(maintenance, title_en="Newer switches", title_fr="", now=at)

    def cancel(at: datetime) -> None:
        update_maintenance(maintenance, "cancelled", now=at, body_en="")

    for number, verb in enumerate((move, extend, rename, cancel), 1):
        then(number, verb)
    assert {str(one["UID"]) for one in seen} == {f"{maintenance.public_id}@{page.domain}"}
    sequences = [int(one["SEQUENCE"]) for one in seen]
    assert sequences == sorted(set(sequences))
    assert [str(one["STATUS"]) for one in seen] == ["CONFIRMED"] * 4 + ["CANCELLED"]
    assert (seen[1]["DTSTART"].dt, seen[2]["DTEND"].dt) == (later, later + minutes(90))
    assert str(seen[3]["SUMMARY"]) == "Newer switches"
    assert Maintenance.objects.get().updates.count() == 4


def test_a_reminder_changes_nothing_in_it() -> None:
    page = make_page()
    now = timezone.now().replace(microsecond=0)
    start = now + timedelta(days=3)
    schedule(page, now=now, scheduled_for=start, scheduled_until=start + minutes(60))
    before = event(page, now).to_ical()
    assert reminders.tick(start - minutes(60)) == 1
    assert event(page, now).to_ical() == before
