"""The screens of the post room in Chromium: accessible, fit for a phone, alive, whole without a script."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page as Tab

from subscribers import suppression
from subscribers.models import Delivery, DeliveryState, Notice, State, Subscriber, Suppression
from tests.incidents.conftest import owner, tabs  # noqa: F401 (fixtures)
from tests.incidents.test_browser import assert_good
from tests.make import make_component, make_group, make_page
from tests.subscribers.make import make_subscriber, notify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Tabs = Callable[..., Tab]
LOOKS = [(1280, False, "en"), (390, True, "fr")]
LIST = "email,components\nnew@example.com,checkout\nangry@example.com,\nnobody,\nother@example.com,nowhere\n"
ERRORS = (
    "550 5.1.1 <x@y.example> unknown user",
    "552 5.2.2 mailbox full",
    "HTTP 500",
    "No complete answer in time.",
)


def make_scene() -> tuple[Notice, Subscriber]:
    """Two pages, three channels, everything that can become of a delivery, somebody suppressed."""
    now = timezone.now()
    page = make_page(name="Acme", time_zone="Europe/Paris")
    make_page(name="Acme Internal")
    group = make_group(page, name_en="Shop", name_fr="Boutique")
    checkout = make_component(page, group=group, slug="checkout", name_en="Checkout", name_fr="Paiement")
    for number in range(14):
        channel = ("email", "email", "webhook", "slack")[number % 4]
        came = now - timedelta(days=number * 5)
        values: dict[str, Any] = {"channel": channel, "created_at": came, "confirmed_at": came}
        if channel == "slack":
            values["address"] = (
                f"https://hooks.slack.com/services/T0000000{number}/B0000000{number}/abcdefghij"
            )
        make_subscriber(page, *[checkout][: number % 2], **values)
    make_subscriber(page, state=State.PENDING)
    gone = make_subscriber(page, state=State.ACTIVE, confirmed_at=now - timedelta(days=40))
    suppression.suppress(gone.address, Suppression.Reason.BOUNCED, "550 5.1.1 unknown user", now)
    suppression.suppress("angry@example.com", Suppression.Reason.COMPLAINED, "", now)
    notice = notify(page, "incident.created", checkout, now=now - timedelta(seconds=40))
    deliveries = list(notice.deliveries.order_by("id"))
    for number, delivery in enumerate(deliveries):
        if number % 3 == 0:
            delivery.state, delivery.error, delivery.attempts = DeliveryState.DEAD, ERRORS[number % 4], 10
        elif number % 3 == 1:
            delivery.state = DeliveryState.SENT
        delivery.finished_at = None if number % 3 == 2 else notice.created_at + timedelta(seconds=number)
        delivery.save()
    return notice, deliveries[0].subscriber


def complaints(tab: Tab) -> list[str]:
    """What the browser refuses from now on: looked at before axe, which itself adds styles to stock forms."""
    refused: list[str] = []
    tab.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    return refused


def open_all(tab: Tab) -> None:
    tab.locator("details").evaluate_all("all => all.forEach(each => { each.open = true })")


@pytest.mark.parametrize(("width", "dark", "language"), LOOKS)
def test_every_screen_is_accessible_and_fits(tabs: Tabs, width: int, dark: bool, language: str) -> None:  # noqa: F811
    User.objects.update(email="ada@acme.example.com")
    notice, subscriber = make_scene()
    failed = Delivery.objects.filter(state=DeliveryState.DEAD).latest("id")
    tab = tabs(width, dark, locale=language)
    refused = complaints(tab)
    for path in (
        "subscriber/",
        "subscriber/?q=reader&state__exact=active",
        f"subscriber/{subscriber.pk}/change/",
        f"subscriber/{Subscriber.objects.filter(channel='slack').latest('id').pk}/change/",
        "subscriber/overview/",
        "subscriber/import/",
        "notice/",
        f"notice/{notice.pk}/change/",
        f"notice/try/?notice={notice.pk}",
        "delivery/?state__exact=dead",
        f"delivery/?notice={notice.pk}",
        f"delivery/{failed.pk}/change/",
        "suppression/",
        "suppression/add/",
        f"suppression/{Suppression.objects.latest('id').pk}/change/",
    ):
        answer = tab.goto(f"/admin/subscribers/{path}")
        assert answer is not None
        assert answer.ok, path
        assert refused == []
        open_all(tab)
        assert_good(tab)
        refused.clear()
    tab.goto("/admin/subscribers/subscriber/import/")
    tab.locator("form.console button").click()
    tab.get_by_role("alert").wait_for()
    assert_good(tab)
    choose_list(tab)
    assert_good(tab)


def choose_list(tab: Tab) -> None:
    """Uploads LIST and waits for what would become of it."""
    file: Any = {"name": "list.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    tab.locator("[type=file]").set_input_files(file)
    tab.locator("[name=proof]").fill("Contract of 2024, section 7")
    tab.locator("form.console button").click()
    tab.wait_for_url("**/subscriber/import/*/")


def test_a_list_is_imported_and_somebody_paused_on_a_phone_without_a_script(tabs: Tabs) -> None:  # noqa: F811
    _notice, _subscriber = make_scene()
    tab = tabs(390, java_script_enabled=False)
    tab.goto("/admin/subscribers/subscriber/")
    tab.get_by_role("link", name="Import").click()
    choose_list(tab)
    tab.get_by_text("Nothing is written yet.").wait_for()
    tab.get_by_role("button", name="Add 1 subscriber").click()
    tab.get_by_text("1 subscriber was added.").wait_for()
    tab.get_by_label("Search").fill("new@")
    tab.get_by_role("button", name="Search").click()
    tab.get_by_role("link", name="new@example.com").click()
    tab.get_by_text("Components: Checkout.").wait_for()
    tab.get_by_role("button", name="Pause").click()
    tab.get_by_text("Pause: 1 subscriber.").wait_for()
    assert Subscriber.objects.get(address="new@example.com").state == State.PAUSED


def test_what_failed_is_tried_again_without_a_script(tabs: Tabs) -> None:  # noqa: F811
    notice, _subscriber = make_scene()
    dead = notice.deliveries.filter(state=DeliveryState.DEAD).count()
    tab = tabs(390, java_script_enabled=False)
    tab.goto(f"/admin/subscribers/notice/{notice.pk}/change/")
    tab.get_by_role("link", name="Refresh").click()
    tab.get_by_role("button", name=f"Try all {dead} again").click()
    tab.get_by_text("tried again.").wait_for()
    assert not notice.deliveries.filter(state=DeliveryState.DEAD, subscriber__state=State.ACTIVE).exists()


def test_the_board_follows_what_happens_and_then_rests(tabs: Tabs) -> None:  # noqa: F811
    notice, _subscriber = make_scene()
    tab = tabs()
    refused = complaints(tab)
    tab.goto(f"/admin/subscribers/notice/{notice.pk}/change/")
    tab.get_by_text("per second").first.wait_for()
    notice.deliveries.filter(state=DeliveryState.PENDING).update(
        state=DeliveryState.SENT, finished_at=timezone.now()
    )
    tab.get_by_text("Nothing waits any more.").wait_for()
    assert refused == []
    assert tab.locator("[hx-get]").count() == 0
    assert_good(tab)
