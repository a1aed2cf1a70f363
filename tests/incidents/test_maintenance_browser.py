"""Somebody plans what comes again over a change of clocks, in Chromium: at a desk, and on a phone."""

from collections.abc import Callable
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from incidents import post, reminders, series
from incidents.models import Maintenance, Series
from incidents.occurrences import starts
from monitors.status import Status
from subscribers.models import Notice
from tests.incidents.make import make_subscriber, minutes, open_incident
from tests.incidents.test_browser import LOOKS, assert_good
from tests.make import make_component, make_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PARIS = ZoneInfo("Europe/Paris")
Tabs = Callable[..., Page]


def change_of_clocks() -> date:
    """The last Sunday of a March that is weeks away: at 02:00 it is 03:00.

    What begins a week before it is not announced yet.
    """
    today = timezone.now().astimezone(PARIS).date()
    year = today.year if today < date(today.year, 3, 1) else today.year + 1
    last = date(year, 3, 31)
    return last.replace(day=31 - (last.weekday() + 1) % 7)


def test_recurring_maintenance_across_a_change_of_clocks(tabs: Tabs) -> None:
    page = make_page(name="Acme", time_zone="Europe/Paris")
    make_component(page, name_en="Checkout", name_fr="Paiement")
    make_subscriber(page)
    night = change_of_clocks()
    tab = tabs(1280)
    tab.goto("/admin/incidents/maintenance/")
    tab.get_by_role("link", name="Recurring maintenances").first.click()
    tab.get_by_role("link", name="Add a recurring maintenance").click()
    tab.get_by_label("Title in English").fill("Weekly restart")
    tab.get_by_label("Text in English").fill("We restart the servers.")
    tab.get_by_label("First day").fill(f"{night - timedelta(days=7)}")
    tab.get_by_label("Start", exact=True).fill("02:30")
    tab.get_by_label("Lasts (minutes)").fill("90")
    expect(tab.get_by_label("Own rule", exact=True).last).to_be_hidden()
    tab.get_by_label("Weekly").check()
    tab.get_by_label("Sunday").check()
    # The next dates follow what is chosen, without a press.
    dates = tab.locator("#dates li")
    expect(dates).to_have_count(6)
    expect(dates.nth(0)).to_contain_text("02:30")
    expect(dates.nth(1)).to_contain_text("03:30")
    expect(dates.nth(2)).to_contain_text("02:30")
    tab.get_by_label("Checkout").check()
    assert_good(tab)
    tab.get_by_role("button", name="Add the recurring maintenance").click()
    tab.get_by_text("Saved.").wait_for()
    one = Series.objects.get()
    assert one.due_at is not None
    # Time passes: it is announced, moved by itself, told of, and takes place.
    first, second, third = [at for at, _n in zip(starts(one, timezone.now()), range(3), strict=False)]
    assert (second - first, third - second) == (minutes(7 * 1440), minutes(7 * 1440 - 60))
    assert series.tick(second - minutes(14 * 1440)) == 2
    for at in (first, second):
        occurrence = Maintenance.objects.get(occurrence=at)
        assert occurrence.scheduled_until - at == minutes(90)
        assert reminders.tick(at - minutes(60)) == 1
        assert post.tick(at + minutes(90)) == 2
        occurrence.refresh_from_db()
        assert (occurrence.started_at, occurrence.completed_at) == (at, at + minutes(90))
    assert Notice.objects.filter(event="maintenance.reminder").count() == 2
    tab.reload()
    expect(tab.get_by_role("heading", name="Weekly restart")).to_be_visible()
    tab.get_by_text("End it").click()
    tab.get_by_label("Are cancelled, and subscribers are told")
    tab.get_by_role("button", name="End the recurring maintenance").click()
    tab.get_by_text("Ended: nothing more is announced.").wait_for()


@pytest.mark.parametrize(("width", "dark", "language"), LOOKS)
def test_every_screen_of_maintenances_is_accessible_and_fits(
    tabs: Tabs, width: int, dark: bool, language: str
) -> None:
    page = make_page(name="Acme", time_zone="Europe/Paris")
    shop = make_component(page, name_en="Checkout", name_fr="Paiement")
    plan = series.Plan(
        title_en="Weekly restart",
        title_fr="Redémarrage hebdomadaire",
        body_en="We restart the servers.",
        body_fr="Nous redémarrons les serveurs.",
        components=(shop,),
        rule="FREQ=MONTHLY;BYDAY=1SU",
        first_date=timezone.now().date(),
        start_time=time(2, 30),
        minutes=90,
        reminders=(1440, 60),
        announced=90,
    )
    one = series.begin(page, plan, timezone.now())
    open_incident(page, {shop: Status.PARTIAL_OUTAGE}, now=timezone.now())
    occurrence = one.maintenances.order_by("scheduled_for")[0]
    tab = tabs(width, dark, locale=language)
    refused: list[str] = []
    tab.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    for path in (
        "/admin/incidents/series/",
        "/admin/incidents/series/add/",
        f"/admin/incidents/series/{one.pk}/change/",
        "/admin/incidents/maintenance/",
        f"/admin/incidents/maintenance/{occurrence.pk}/change/",
    ):
        answer = tab.goto(path)
        assert answer is not None
        assert answer.ok
        tab.locator("#content details").evaluate_all("all => all.forEach(each => { each.open = true })")
        assert_good(tab)
    tab.locator("form.press button").first.click()
    tab.locator(".messagelist").wait_for()
    occurrence.refresh_from_db()
    assert occurrence.status == "in_progress"
    tab.locator("#content details").evaluate_all("all => all.forEach(each => { each.open = true })")
    assert_good(tab)
    assert refused == []


def test_a_recurring_maintenance_is_planned_without_a_script(tabs: Tabs) -> None:
    make_page(time_zone="Europe/Paris")
    night = change_of_clocks()
    tab = tabs(390, java_script_enabled=False)
    tab.goto("/admin/incidents/series/add/")
    tab.get_by_label("Title in English").fill("Weekly restart")
    tab.get_by_label("Text in English").fill("We restart the servers.")
    tab.get_by_label("First day").fill(f"{night - timedelta(days=7)}")
    tab.get_by_label("Start", exact=True).fill("02:30")
    tab.get_by_label("Own rule").first.check()
    tab.get_by_role("textbox", name="Own rule").fill("FREQ=HOURLY")
    tab.get_by_role("button", name="Show the next dates").click()
    expect(tab.get_by_text("cannot be understood or is too much").first).to_be_visible()
    tab.get_by_role("textbox", name="Own rule").fill("FREQ=WEEKLY;BYDAY=SU")
    tab.get_by_role("button", name="Show the next dates").click()
    dates = tab.locator("#dates li")
    expect(dates).to_have_count(6)
    for number, clock in enumerate(("02:30", "03:30", "02:30")):
        expect(dates.nth(number)).to_contain_text(clock)
    tab.get_by_role("button", name="Add the recurring maintenance").click()
    tab.get_by_text("Saved.").wait_for()
    assert Series.objects.get().rule == "FREQ=WEEKLY;BYDAY=SU"
