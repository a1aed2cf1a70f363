import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation

from monitors.models import Page
from subscribers import signup, tokens
from subscribers.forms import SubscribeForm, zones
from subscribers.forms.ways import ways
from subscribers.models import Notice, Subscriber
from tests.make import make_component, make_group, make_page
from tests.subscribers.make import NOW, make_means, make_subscriber, notify, states
from tests.subscribers.test_preferences import close, make_incident
from tests.subscribers.test_views import ask, fields

pytestmark = pytest.mark.django_db


def form(page: Page, channel: str = "email", **values: Any) -> SubscribeForm:
    sent = {"address": "reader@example.com", "scope": "all", "language": "en"}
    if channel != "email":
        sent["address"] = "https://hooks.example.com/a"
    return SubscribeForm(page, channel, make_means(), sent | values)


def test_who_wants_a_group_gets_what_joins_it_later() -> None:
    page = make_page()
    group = make_group(page)
    within, lone = make_component(page, group=group), make_component(page)

    filled = form(page, scope="some", groups=[group.public_id], components=[within.public_id, lone.public_id])

    assert filled.is_valid()
    wish = filled.wish()
    assert (wish.everything, wish.groups, wish.components) == (False, (group.pk,), (lone.pk,))


def test_what_nobody_sent_is_what_is_usual() -> None:
    filled = form(make_page())

    assert filled.is_valid()
    assert filled.wish() == signup.Wish("en")


def test_who_wants_everything_is_not_asked_what_the_page_has(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    page = make_page()
    make_component(page)
    filled = form(page)

    with django_assert_num_queries(0):
        assert filled.is_valid()
        filled.wish()


@pytest.mark.parametrize("channel", ["email", "webhook"])
def test_only_software_has_a_format_and_only_mail_needs_no_contact(channel: str) -> None:
    filled = form(make_page(), channel, contact=" Ops@Example.com ", format="statuspage")

    assert filled.is_valid()
    wish = filled.wish()
    expected = {"email": ("", ""), "webhook": ("statuspage", "ops@example.com")}[channel]
    assert (wish.format, wish.contact) == expected


@pytest.mark.parametrize("zone", ["Europe/Paris", "Asia/Kolkata", "Asia/Calcutta", "Etc/UTC", ""])
def test_a_time_zone_is_one_that_the_database_knows(zone: str) -> None:
    filled = form(make_page(), time_zone=zone)

    assert filled.is_valid()
    assert filled.wish().time_zone == zone


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "Europe/", "paris", "x" * 65, "A\x00"])
def test_anything_else_is_no_time_zone(zone: str) -> None:
    filled = form(make_page(), time_zone=zone)

    assert not filled.is_valid()
    assert list(filled.errors) == ["time_zone"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_time_zones_are_offered_by_region_the_pages_own_first(language: str) -> None:
    page = make_page(time_zone="Europe/London")
    london = {"en": "London, as on the page", "fr": "Londres, comme sur la page"}[language]
    europe = "Europe"

    with translation.override(language):
        offered = form(page).zones
    first, listed = offered[0], dict(offered[1:])

    assert first == ("", [("", london), ("Etc/UTC", "UTC")])
    assert ("Europe/London", london.partition(",")[0]) in listed[europe]
    assert len(listed) == 10
    assert all(ZoneInfo(name) for group in listed.values() for name, _label in group)


def test_a_chosen_zone_is_offered_even_under_an_old_name() -> None:
    offered = form(make_page(), time_zone="Asia/Calcutta").zones

    assert ("Asia/Calcutta", "Kolkata") in offered[0][1]
    assert zones.is_zone("Asia/Calcutta")


def test_feeds_are_offered_in_the_language_where_there_are_any() -> None:
    page = make_page(url="https://status.example.com", default_language="en", languages=["en", "fr"])

    assert [way.address for way in ways(page, "fr")] == [
        "https://status.example.com/fr/history.atom",
        "https://status.example.com/history.rss",
        "https://status.example.com/feed.json",
        "https://status.example.com/fr/maintenance.ics",
    ]
    assert ways(page, "en")[0].address == "https://status.example.com/history.atom"
    assert ways(page, "de")[0].address == "https://status.example.com/history.atom"


def test_one_incident_is_followed_from_its_own_page_until_it_is_over(client: Client) -> None:
    page = make_page()
    incident, other = make_incident(page, NOW), make_incident(page, NOW)
    subject = f"incident:{incident.public_id}"

    static = {"email": "reader@example.com", "language": "en", "subject": subject}
    shown = client.post(f"/subscribe/{page.public_id}/", static).content.decode()
    assert "Payments fail" in shown
    assert f'name="subject" value="{subject}"' in shown
    assert 'value="incident" ' in shown

    assert ask(client, page, scope="incident", subject=subject).status_code == 200
    [question] = Notice.objects.filter(event="subscription.confirm")
    button = client.get(f"/subscription/confirm/{tokens.for_confirming(question.public_id)}/")
    assert "Payments fail" in button.content.decode()
    signup.confirm(question.public_id, timezone.now())

    subscriber = Subscriber.objects.get()
    assert (subscriber.everything, subscriber.subjects) == (False, [subject])
    heard = notify(page, subject=subject)
    not_heard = notify(page, subject=f"incident:{other.public_id}")
    assert list(states(heard)) == [subscriber.address]
    assert states(not_heard) == {}


def test_the_address_of_the_form_may_name_an_incident(client: Client) -> None:
    page = make_page()
    subject = f"incident:{make_incident(page, NOW).public_id}"

    shown = client.get(f"/subscribe/{page.public_id}/?subject={subject}&channel=webhook").content.decode()

    assert "Payments fail" in shown
    assert f"channel=slack&amp;language=en&amp;subject=incident%3A{subject[9:]}" in shown


def subjects_that_nobody_can_follow(page: Page) -> list[str]:
    over = make_incident(page, NOW)
    close(over, NOW)
    elsewhere = make_incident(make_page(), NOW)
    return [
        f"incident:{over.public_id}",
        f"incident:{elsewhere.public_id}",
        "incident:aaaaaaaaaaaa",
        "component:aaaaaaaaaaaa",
        "incident:",
        "incident:\x00aaaaaaaaaaa",
        "<script>alert(1)</script>",
        "x" * 500,
    ]


def test_what_is_over_unknown_or_of_another_page_is_refused_in_so_many_words(client: Client) -> None:
    page = make_page()
    for subject in subjects_that_nobody_can_follow(page):
        shown = client.get(f"/subscribe/{page.public_id}/", {"subject": subject})
        assert shown.status_code == 200
        assert "nothing more will be said about it" in shown.content.decode()

        static = {"email": "reader@example.com", "language": "en", "subject": subject}
        answer = client.post(f"/subscribe/{page.public_id}/", static)
        asked = ask(client, page, scope="incident", subject=subject)

        assert (answer.status_code, asked.status_code) == (400, 400)
        for response in (answer, asked):
            assert 'role="alert"' in response.content.decode()
            assert "<script" not in response.content.decode()
    assert not Subscriber.objects.exists()


def test_who_comes_for_one_incident_may_still_want_everything(client: Client) -> None:
    page = make_page()
    subject = f"incident:{make_incident(page, NOW).public_id}"

    ask(client, page, scope="all", subject=subject)

    wish = Notice.objects.get(event="subscription.confirm").payload
    assert (wish["everything"], list(wish["subjects"])) == (True, [])


def test_nobody_sees_the_trap_and_it_is_shown_empty_again(client: Client) -> None:
    page = make_page()

    response = ask(client, page, website="https://spam.example.com")

    trap = re.search(r'<div class="trap" aria-hidden="true">(.*?)</div>', response.content.decode())
    assert trap
    assert 'name="website"' in trap[1]
    assert 'value=""' in trap[1]
    assert 'tabindex="-1"' in trap[1]
    assert 'autocomplete="off"' in trap[1]
    assert not Subscriber.objects.exists()


def test_components_are_offered_within_their_groups_but_hidden_ones_are_not(client: Client) -> None:
    page = make_page()
    group, empty = make_group(page, name_en="Payments"), make_group(page, name_en="Nothing to see")
    make_component(page, name_en="Cards", group=group)
    make_component(page, name_en="Search")
    make_component(page, name_en="Secret", group=empty, visible=False)

    lone, branch = form(page).branches

    assert (lone.group, [option.label for option in lone.components]) == (None, ["Search"])
    assert branch.group
    assert (branch.group.label, [option.label for option in branch.components]) == ("Payments", ["Cards"])
    shown = client.get(f"/subscribe/{page.public_id}/").content.decode()
    assert "Secret" not in shown
    assert "Nothing to see" not in shown


def test_what_was_ticked_stays_ticked_where_something_else_is_wrong(client: Client) -> None:
    page = make_page()
    group = make_group(page)
    component = make_component(page, group=group)
    values = {"scope": "some", "components": [component.public_id], "kinds": "maintenance"}

    shown = client.post(
        f"/subscribe/{page.public_id}/send/", fields(page, address="x", time_zone="Asia/Tokyo", **values)
    ).content.decode()

    assert f'value="{component.public_id}" checked' in shown
    assert "<details open>" in shown
    assert '<option value="Asia/Tokyo" selected>' in shown
    assert re.search(r'name="kinds" value="maintenance"[^>]* checked', shown)


def test_every_subscriber_may_have_their_own_kinds(client: Client) -> None:
    page = make_page()
    outages = make_subscriber(page, kinds="incident")
    works = make_subscriber(page, kinds="maintenance")

    assert list(states(notify(page))) == [outages.address]
    planned = notify(page, "maintenance.scheduled", subject="maintenance:aaaaaaaaaaaa")
    assert list(states(planned)) == [works.address]
