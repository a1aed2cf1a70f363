"""Monitoring proposes an incident as a draft, keeps it as things are, and leaves it to whoever touches it."""

import pytest
from django.test import Client

from incidents.composing import drafts as desk
from incidents.models import Draft, Incident, Outbreak
from monitors.models import Page
from monitors.status import Status
from tests.incidents.make import open_incident
from tests.incidents.watching.scenes import (
    DOWN,
    UP,
    at,
    drafts,
    hear,
    incidents,
    make_seen,
    make_team,
    tick,
    told,
)
from tests.make import make_page
from tests.people import make_staff

pytestmark = pytest.mark.django_db


def proposed(page: Page, name: str = "Checkout") -> tuple[object, Draft]:
    """A component that fails from the first minute on, and the draft about it."""
    _component, monitor = make_seen(page, name, policy="draft", name=f"monitor of {name}")
    hear(monitor, 1, DOWN)
    tick(1)
    return monitor, Draft.objects.filter(page=page).latest("pk")


def test_a_draft_lies_on_the_desk_at_once_and_the_team_is_told_once() -> None:
    page = make_page(time_zone="Europe/Paris")
    make_team(page)
    component, monitor = make_seen(page, policy="draft", name="gateway")
    hear(monitor, 1, DOWN)
    tick(1, 1.1, 2, 60)
    [draft] = drafts(page)
    assert (draft.proposed, draft.author, draft.incident, draft.kind) == (True, None, None, "incident")
    assert draft.fields["title_en"] == ["Major outage: Checkout"]
    assert draft.fields["started_at"] == ["2026-11-20T13:01"]
    assert draft.fields[f"component-{component.public_id}"] == ["major_outage"]
    assert draft.reason == "Failing: gateway."
    [message] = told("watching.proposed")
    assert (
        message.values["title"]["fr"]
        == "La surveillance propose un incident\N{NO-BREAK SPACE}: Checkout (fr)"
    )
    assert draft.update_id in message.values["url"]
    assert incidents(page) == []


def test_it_is_kept_as_things_are() -> None:
    page = make_page()
    _monitor, draft = proposed(page)
    second, other = make_seen(page, "Search", policy="draft", impact=Status.DEGRADED_PERFORMANCE)
    hear(other, 1.5, DOWN)
    tick(1.5)
    assert drafts(page) == [draft]
    draft.refresh_from_db()
    assert draft.fields[f"component-{second.public_id}"] == ["degraded_performance"]
    hear(other, 2, UP)
    tick(2)
    draft.refresh_from_db()
    assert f"component-{second.public_id}" not in draft.fields


def test_it_is_withdrawn_when_all_is_well_and_comes_back_without_a_word() -> None:
    page = make_page()
    make_team(page)
    monitor, _draft = proposed(page)
    hear(monitor, 2, UP)
    tick(2)
    assert drafts(page) == []
    hear(monitor, 3, DOWN)
    tick(3)
    assert len(drafts(page)) == len(told("watching.proposed")) == 1
    hear(monitor, 4, UP)
    tick(4, 14)
    assert Outbreak.objects.get().ended_at == at(14)
    hear(monitor, 15, DOWN)
    tick(15)
    assert len(told("watching.proposed")) == 2


def test_what_fails_more_than_a_minute_apart_is_proposed_apart() -> None:
    page = make_page()
    proposed(page)
    _component, other = make_seen(page, "Search", policy="draft")
    hear(other, 2.1, DOWN)
    tick(2.1)
    assert len(drafts(page)) == 2


def test_what_is_behind_the_same_monitor_is_proposed_together() -> None:
    page = make_page()
    _component, root = make_seen(page, "Gateway", policy="observe")
    for minute, name in ((1, "Shop"), (5, "API")):
        _part, monitor = make_seen(page, name, policy="draft", behind=root)
        hear(monitor, minute, DOWN)
        tick(minute)
    [draft] = drafts(page)
    assert draft.fields["title_en"] == ["Major outage: Shop, API"]


def test_what_somebody_took_over_is_theirs() -> None:
    page = make_page()
    author = make_staff("communicator")
    monitor, draft = proposed(page)
    typed = desk.typed(draft)
    typed["title_en"] = "We know"
    desk.save(page, None, typed, kind="incident", author=author, now=at(1.5))
    tick(2)
    hear(monitor, 3, UP)
    tick(3, 4)
    draft.refresh_from_db()
    assert (draft.author, draft.fields["title_en"]) == (author, ["We know"])
    assert drafts(page) == [draft]


def test_what_was_thrown_away_is_proposed_no_more() -> None:
    page = make_page()
    monitor, draft = proposed(page)
    assert desk.forget(draft.update_id, make_staff("communicator"))
    tick(2, 5)
    hear(monitor, 6, UP)
    tick(6)
    hear(monitor, 7, DOWN)
    tick(7, 30)
    assert drafts(page) == []
    assert Outbreak.objects.count() == 1


def test_beside_what_was_thrown_away_what_fails_then_is_proposed() -> None:
    page = make_page()
    _monitor, draft = proposed(page)
    assert desk.forget(draft.update_id, make_staff("communicator"))
    tick(1.2)
    proposed(page, "Search")
    assert [each.fields["title_en"] for each in drafts(page)] == [["Major outage: Search"]]


def test_it_is_not_proposed_beside_an_incident_that_tells_of_it() -> None:
    page = make_page()
    _monitor, _draft = proposed(page)
    component = page.components.get()
    open_incident(page, {component: Status.PARTIAL_OUTAGE}, now=at(2))
    tick(2)
    assert drafts(page) == []


def test_the_form_takes_it_and_posts_it(client: Client) -> None:
    page = make_page()
    make_team(page)
    _monitor, draft = proposed(page)
    client.force_login(make_staff("communicator"))
    address = told("watching.proposed")[0].values["url"]
    shown = client.get(address)
    assert shown.status_code == 200
    assert "Major outage: Checkout" in shown.content.decode()
    assert "Proposed by monitoring" in shown.content.decode()
    answer = client.post(address, {name: value[0] for name, value in draft.fields.items()})
    assert answer.status_code == 302
    incident = Incident.objects.get()
    assert (incident.started_at, incident.impact) == (at(1), "critical")
    assert [change.new_status for change in incident.updates.get().changes.all()] == ["major_outage"]
    assert not incident.updates.get().monitoring
    tick(3, 4)
    assert drafts(page) == []
    assert incidents(page) == [incident]


def test_the_board_shows_it(client: Client) -> None:
    page = make_page()
    proposed(page)
    client.force_login(make_staff("communicator"))
    board = client.get("/admin/").content.decode()
    assert "Major outage: Checkout" in board
    assert "proposed by monitoring: Failing: monitor of Checkout." in board
    board = client.get("/admin/", headers={"accept-language": "fr"}).content.decode()
    assert "En échec\N{NO-BREAK SPACE}: monitor of Checkout." in board
