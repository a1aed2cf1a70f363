"""Monitoring declares, follows and resolves incidents by itself, and leaves them to people who take part."""

from typing import Any

import pytest

from incidents import post
from incidents.afterwards import correcting
from incidents.models import Autopost, Incident, Note, Outbreak, Template
from monitors import record
from monitors.models import Component, Monitor, Page
from monitors.status import Status
from subscribers.models import Delivery, Notice
from tests.incidents.make import make_subscriber, open_incident
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
from tests.monitors.scenes import spans
from tests.people import make_staff

pytestmark = pytest.mark.django_db

OPERATIONAL, DEGRADED, MAJOR = Status.OPERATIONAL, Status.DEGRADED_PERFORMANCE, Status.MAJOR_OUTAGE


def said(incident: Incident) -> list[tuple[str, list[tuple[str, str]]]]:
    """The updates of an incident, each with what it says of components."""
    return [
        (
            update.status,
            [(str(change.component), change.new_status) for change in update.changes.order_by("component")],
        )
        for update in incident.updates.order_by("pk")
    ]


def declared(page: Page, minute: float = 2) -> tuple[Any, Any, Incident]:
    """A component that failed in the first minute, and the incident that monitoring declared."""
    component, monitor = make_seen(page)
    hear(monitor, 1, DOWN)
    tick(minute)
    [incident] = incidents(page)
    return component, monitor, incident


def person(incident: Incident, status: str = "identified", minute: float = 3, **values: Any) -> None:
    post.update_incident(
        incident,
        status=status,
        body_en="We are on it.",
        body_fr="",
        components={},
        now=at(minute),
        author=make_staff("communicator"),
        **values,
    )


def test_it_is_declared_a_minute_after_the_first_failure() -> None:
    page = make_page()
    reader = make_subscriber(page)
    component, monitor = make_seen(page)
    hear(monitor, 1, DOWN)
    tick(1, 1.9)
    assert incidents(page) == []
    tick(2, 2.1)
    [incident] = incidents(page)
    assert (incident.title_en, incident.title_fr) == (
        "Major outage: Checkout",
        "Panne majeure\N{NO-BREAK SPACE}: Checkout (fr)",
    )
    assert (incident.status, incident.impact, incident.started_at) == ("investigating", "critical", at(1))
    assert said(incident) == [("investigating", [("Checkout", "major_outage")])]
    update = incident.updates.get()
    assert update.monitoring
    assert update.author is None
    assert "- Checkout: Major outage" in update.body_en
    assert "20 November 2026, 12:01 UTC" in update.body_en
    assert "le 20 novembre 2026" in update.body_fr
    assert ("incident", MAJOR, 1, None) in spans(component)
    [delivery] = Delivery.objects.all()
    assert delivery.subscriber == reader
    assert (delivery.due_at - at(2)).total_seconds() == page.hold


def test_what_is_over_within_that_minute_is_no_incident() -> None:
    page = make_page()
    _component, monitor = make_seen(page)
    hear(monitor, 1, DOWN)
    tick(1.5)
    hear(monitor, 1.7, UP)
    tick(2, 3, 11.6)
    assert incidents(page) == []
    assert Outbreak.objects.get().ended_at is None
    tick(11.7)
    assert Outbreak.objects.get().ended_at == at(11.7)


def test_what_fails_together_is_one_incident_and_each_fails_since_its_own_time() -> None:
    page = make_page()
    first, one = make_seen(page)
    second, other = make_seen(page, "Search", impact=DEGRADED)
    hear(one, 1, DOWN)
    tick(1)
    hear(other, 1.9, DOWN)
    tick(1.9, 2)
    [incident] = incidents(page)
    assert said(incident) == [
        ("investigating", [("Checkout", "major_outage"), ("Search", "degraded_performance")])
    ]
    assert ("incident", MAJOR, 1, None) in spans(first)
    assert ("incident", DEGRADED, 1.9, None) in spans(second)


def test_customers_read_no_name_of_a_machine() -> None:
    page = make_page()
    _component, monitor = make_seen(page, "Check*out* [x](https://a.example)", name="db-17.internal")
    hear(monitor, 1, DOWN)
    tick(2)
    [incident] = incidents(page)
    update = incident.updates.get()
    assert r"Check\*out\* \[x\](https://a.example)" in update.body_en
    for text in (incident.title_en, incident.title_fr, update.body_en, update.body_fr):
        assert "internal" not in text
        assert "No complete answer" not in text
    assert "db-17.internal" in Note.objects.get(incident=incident).text


def test_more_that_fails_is_added_by_an_update() -> None:
    page = make_page()
    _component, _monitor, incident = declared(page)
    _other, monitor = make_seen(page, "Search", impact=DEGRADED)
    hear(monitor, 2.1, DOWN)
    tick(2.2, 2.9)
    assert len(said(incident)) == 1
    tick(3, 3.1)
    assert said(incident)[1:] == [("investigating", [("Search", "degraded_performance")])]
    assert len(incidents(page)) == 1


def test_what_becomes_better_or_worse_is_told_once_in_ten_minutes() -> None:
    page = make_page()
    component, monitor, incident = declared(page)
    _other, steady = make_seen(page, "Search")
    hear(steady, 2, DOWN)
    tick(3)
    for minute in range(4, 13):
        hear(monitor, minute, (UP, DOWN)[minute % 2])
        tick(minute)
    assert len(said(incident)) == 2
    hear(monitor, 12.5, UP)
    tick(12.9, 13, 14)
    assert said(incident)[2:] == [("investigating", [("Checkout", "operational")])]
    assert spans(component, "incident")[-1] == ("incident", MAJOR, 11, 12)


def test_the_page_follows_at_once_what_its_updates_tell_rarely() -> None:
    page = make_page()
    component, monitor, incident = declared(page)
    before = Page.objects.get(pk=page.pk).touched_at
    hear(monitor, 4, UP)
    tick(4.1)
    assert spans(component, "incident") == [("incident", MAJOR, 1, 4)]
    hear(monitor, 5, DOWN)
    tick(5.1)
    assert spans(component, "incident") == [("incident", MAJOR, 1, 4), ("incident", MAJOR, 5, None)]
    assert len(said(incident)) == 1
    assert Page.objects.get(pk=page.pk).touched_at > before


def test_it_is_resolved_when_nothing_has_failed_for_ten_minutes() -> None:
    page = make_page()
    make_subscriber(page)
    component, monitor, incident = declared(page)
    hear(monitor, 4, UP)
    tick(5, 13.9)
    assert said(incident)[1:] == []
    tick(14, 14.1, 60)
    assert said(incident)[1:] == [("resolved", [("Checkout", "operational")])]
    incident.refresh_from_db()
    assert (incident.status, incident.resolved_at) == ("resolved", at(14))
    # The outage was no longer than it was.
    assert spans(component, "incident") == [("incident", MAJOR, 1, 4)]
    assert list(Notice.objects.order_by("pk").values_list("event", flat=True)) == [
        "incident.created",
        "incident.resolved",
    ]
    assert Outbreak.objects.get().ended_at == at(14)
    hear(monitor, 61, DOWN)
    tick(62)
    assert len(incidents(page)) == 2


def test_what_fails_again_within_ten_minutes_is_the_same_incident() -> None:
    page = make_page()
    _component, monitor, incident = declared(page)
    for minute in (4, 12, 20):
        hear(monitor, minute, UP)
        tick(minute, minute + 6)
        hear(monitor, minute + 7, DOWN)
        tick(minute + 7)
    assert incidents(page) == [incident]
    assert len(said(incident)) == 1


def test_a_page_has_a_quiet_time_of_its_own() -> None:
    page = make_page()
    Autopost.objects.create(page=page, quiet=2)
    _component, monitor, incident = declared(page)
    hear(monitor, 4, UP)
    tick(5.9)
    assert len(said(incident)) == 1
    tick(6)
    assert said(incident)[1][0] == "resolved"


def test_silence_is_no_recovery() -> None:
    page = make_page()
    component, monitor, incident = declared(page)
    record.sweep(at(400))
    assert spans(component, "monitor")[-1][1] == "unknown"
    tick(400, 420, 460)
    assert said(incident)[1:] == []
    assert ("incident", MAJOR, 1, None) in spans(component)
    hear(monitor, 470, UP)
    tick(480)
    assert said(incident)[1][0] == "resolved"


def test_where_a_person_takes_part_it_only_proposes_to_resolve() -> None:
    page = make_page()
    make_team(page)
    _component, monitor, incident = declared(page)
    person(incident)
    hear(monitor, 4, UP)
    tick(4, 13.9)
    assert drafts(page) == []
    tick(14, 15)
    assert [update.monitoring for update in incident.updates.order_by("pk")] == [True, False]
    [draft] = drafts(page)
    assert (draft.proposed, draft.author, draft.incident) == (True, None, incident)
    assert draft.fields["status"] == ["resolved"]
    assert len(told("watching.proposed")) == 1
    hear(monitor, 16, DOWN)
    tick(16)
    assert drafts(page) == []
    hear(monitor, 17, UP)
    tick(27)
    assert len(drafts(page)) == 1
    person(incident, "resolved", 28)
    tick(28)
    assert drafts(page) == []
    assert Outbreak.objects.get().ended_at == at(28)


def test_whoever_undoes_what_it_said_takes_part() -> None:
    page = make_page()
    _component, _monitor, incident = declared(page)
    _other, more = make_seen(page, "Search")
    hear(more, 2.1, DOWN)
    tick(3)
    post.undo(incident.updates.latest("pk"), at(3.1), make_staff("communicator"))
    tick(4, 5, 20)
    assert len(said(incident)) == 1


def test_whoever_corrects_its_words_takes_part() -> None:
    page = make_page()
    _component, monitor, incident = declared(page)
    words = {"body_en": "We know.", "body_fr": "", "seen": None}
    correcting.correct(incident.updates.get(), **words, now=at(3), editor=make_staff("communicator"))  # type: ignore[arg-type]
    hear(monitor, 4, UP)
    tick(4, 14)
    assert len(said(incident)) == len(drafts(page)) == 1


def test_what_a_person_resolved_or_took_back_is_not_declared_again() -> None:
    page, second = make_page(), make_page()
    _component, _monitor, incident = declared(page)
    person(incident, "resolved")
    _other, _watch, undone = declared(second)
    post.undo(undone.updates.get(), at(2.1), make_staff("communicator"))
    tick(4, 30)
    assert len(incidents(page)) == len(incidents(second)) == 1
    assert drafts(page) == drafts(second) == []


def test_beside_a_person_what_fails_later_is_an_incident_of_its_own() -> None:
    page = make_page()
    _component, _monitor, incident = declared(page)
    person(incident)
    _other, monitor = make_seen(page, "Search")
    hear(monitor, 5, DOWN)
    tick(5, 6)
    assert [each.title_en for each in incidents(page)] == ["Major outage: Checkout", "Major outage: Search"]


def test_planned_work_is_no_incident() -> None:
    page = make_page()
    component, monitor = make_seen(page)
    work = post.schedule_maintenance(
        page,
        title_en="New switches",
        title_fr="",
        body_en="We replace switches.",
        body_fr="",
        components=[component],
        scheduled_for=at(1),
        scheduled_until=at(30),
        now=at(0),
    )
    post.tick(at(1))
    hear(monitor, 2, DOWN)
    tick(2, 4, 29)
    assert incidents(page) == []
    post.update_maintenance(work, status="completed", body_en="Done.", body_fr="", now=at(30))
    tick(30, 31)
    assert len(incidents(page)) == 1


def work(component: Component, first: float, last: float) -> None:
    record.declare([component.pk], "maintenance:m", Status.UNDER_MAINTENANCE, at(first))
    record.release("maintenance:m", at(last))


def test_what_failed_during_planned_work_is_an_incident_since_that_ended() -> None:
    page = make_page()
    component, monitor = make_seen(page)
    work(component, 1, 30)
    hear(monitor, 2, DOWN)
    tick(30.5, 31.5)
    [incident] = incidents(page)
    assert incident.started_at == at(30)
    assert ("incident", MAJOR, 30, None) in spans(component)


def test_an_incident_is_not_resolved_because_of_planned_work() -> None:
    page = make_page()
    component, monitor, incident = declared(page)
    record.declare([component.pk], "maintenance:m", Status.UNDER_MAINTENANCE, at(5))
    tick(5.1, 20, 40)
    assert len(said(incident)) == 1
    assert spans(component, "incident") == [("incident", MAJOR, 1, 5)]
    hear(monitor, 45, UP)
    tick(45, 54.9)
    assert len(said(incident)) == 1
    tick(55)
    assert said(incident)[1][0] == "resolved"


def pause(monitor: Monitor, minute: float, *, resume: bool = False) -> None:
    monitor.enabled = resume
    monitor.save()
    record.sync_monitor(monitor, at(minute))


def test_of_what_nothing_checks_any_more_a_person_says_whether_it_is_over() -> None:
    page = make_page()
    make_team(page)
    component, monitor, incident = declared(page)
    pause(monitor, 4)
    tick(4, 13.9)
    assert drafts(page) == []
    tick(14, 15, 60)
    [draft] = drafts(page)
    assert (draft.proposed, draft.incident, draft.fields["status"]) == (True, incident, ["resolved"])
    assert draft.fields["body_en"] == [""]
    assert draft.reason.endswith("whether it is well: Checkout.")
    assert len(told("watching.proposed")) == 1
    assert len(said(incident)) == 1
    assert ("incident", MAJOR, 1, None) in spans(component)
    person(incident, "resolved", 61)
    tick(61)
    assert Outbreak.objects.get().ended_at == at(61)
    assert drafts(page) == []


def test_what_is_checked_again_is_followed_again() -> None:
    page = make_page()
    _component, monitor, incident = declared(page)
    pause(monitor, 4)
    tick(14)
    pause(monitor, 20, resume=True)
    hear(monitor, 21, UP)
    tick(21)
    assert drafts(page) == []
    tick(31)
    assert [status for status, _components in said(incident)] == ["investigating", "resolved"]


def test_what_is_paused_before_it_is_declared_is_forgotten() -> None:
    page = make_page()
    _component, monitor = make_seen(page)
    hear(monitor, 1, DOWN)
    tick(1.2)
    pause(monitor, 1.5)
    tick(2, 11.4)
    assert Outbreak.objects.get().ended_at is None
    tick(11.5)
    assert Outbreak.objects.get().ended_at == at(11.5)
    pause(monitor, 20, resume=True)
    hear(monitor, 21, DOWN)
    tick(21, 22)
    assert [each.started_at for each in incidents(page)] == [at(21)]


def choose(component: Component, policy: str) -> None:
    component.policy = policy
    component.save()


def test_what_staff_no_longer_leave_to_monitoring_is_not_declared() -> None:
    page = make_page()
    component, monitor = make_seen(page)
    hear(monitor, 1, DOWN)
    tick(1.2)
    choose(component, "observe")
    tick(2, 5)
    assert incidents(page) == drafts(page) == []
    choose(component, "draft")
    tick(6)
    assert len(drafts(page)) == 1
    choose(component, "open")
    tick(7)
    assert drafts(page) == []
    assert [each.started_at for each in incidents(page)] == [at(1)]


def test_what_staff_no_longer_leave_to_monitoring_is_only_proposed_to_be_over() -> None:
    page = make_page()
    component, monitor, incident = declared(page)
    choose(component, "observe")
    hear(monitor, 4, UP)
    tick(13.9)
    assert drafts(page) == []
    tick(14)
    assert len(said(incident)) == 1
    assert [draft.incident for draft in drafts(page)] == [incident]


def test_what_a_person_resolves_while_it_still_fails_is_not_declared_anew() -> None:
    page = make_page()
    component, monitor = make_seen(page)
    hear(monitor, 1, DOWN)
    by_hand = open_incident(page, {component: MAJOR}, now=at(1.2))
    tick(1.5, 3)
    person(by_hand, "resolved", 5)
    tick(5, 6, 30)
    assert incidents(page) == [by_hand]
    hear(monitor, 31, UP)
    hear(monitor, 32, DOWN)
    tick(32, 33)
    assert len(incidents(page)) == 2


def test_what_fails_soon_after_it_was_resolved_waits_until_ten_minutes_are_over() -> None:
    page = make_page()
    _component, monitor, incident = declared(page)
    hear(monitor, 4, UP)
    tick(14)
    hear(monitor, 15, DOWN)
    tick(15, 16, 23.9)
    assert incidents(page) == [incident]
    tick(24)
    assert [each.started_at for each in incidents(page)] == [at(1), at(15)]


def test_of_what_comes_and_goes_nothing_is_said_because_something_else_fails() -> None:
    page = make_page()
    _component, monitor, incident = declared(page)
    hear(monitor, 3, UP)
    for minute, name in ((4, "Search"), (6, "API")):
        _other, more = make_seen(page, name)
        hear(more, minute, DOWN)
        tick(minute, minute + 1)
    assert [components for _status, components in said(incident)[1:]] == [
        [("Search", "major_outage")],
        [("API", "major_outage")],
    ]


def test_a_clock_that_is_turned_back_delays_nothing() -> None:
    page = make_page()
    component, monitor = make_seen(page)
    hear(monitor, 1, DOWN)
    tick(1.2)
    record.release(f"monitor:{monitor.pk}", at(-60))
    record.declare([component.pk], f"monitor:{monitor.pk}", MAJOR, at(-59))
    tick(-58)
    assert [each.started_at for each in incidents(page)] == [at(-59)]


def test_what_an_open_incident_tells_of_is_left_to_it() -> None:
    page = make_page()
    component, monitor = make_seen(page)
    incident = open_incident(page, {component: Status.PARTIAL_OUTAGE}, now=at(0.5))
    hear(monitor, 1, DOWN)
    tick(1, 5)
    assert incidents(page) == [incident]
    assert not Outbreak.objects.exists()


def test_what_an_open_incident_once_told_of_is_news_when_it_fails_again() -> None:
    page = make_page()
    component, monitor = make_seen(page)
    other, _monitor = make_seen(page, "Search")
    incident = open_incident(page, {component: MAJOR, other: MAJOR}, now=at(0.5))
    post.update_incident(
        incident,
        status="identified",
        body_en="Checkout works.",
        body_fr="",
        components={component: OPERATIONAL},
        now=at(1),
    )
    hear(monitor, 2, DOWN)
    tick(2, 3)
    assert len(incidents(page)) == 2


def test_a_person_who_said_that_it_works_knows_better() -> None:
    page = make_page()
    component, monitor = make_seen(page)
    incident = open_incident(page, {component: MAJOR}, now=at(0.5))
    hear(monitor, 1, DOWN)
    post.update_incident(
        incident,
        status="monitoring",
        body_en="Checkout works.",
        body_fr="",
        components={component: OPERATIONAL},
        now=at(1.5),
    )
    tick(2, 3, 60)
    assert incidents(page) == [incident]


@pytest.mark.parametrize(
    "values", [{"policy": "observe"}, {"policy": "draft"}], ids=lambda each: each["policy"]
)
def test_only_where_staff_chose_it(values: dict[str, str]) -> None:
    page = make_page()
    _component, monitor = make_seen(page, **values)
    hear(monitor, 1, DOWN)
    tick(1, 2, 3)
    assert incidents(page) == []


def test_a_hidden_component_is_told_of_to_nobody() -> None:
    page = make_page()
    component, monitor = make_seen(page)
    component.visible = False
    component.save()
    hear(monitor, 1, DOWN)
    tick(1, 2, 3)
    assert incidents(page) == []


def test_a_page_of_a_drill_is_left_alone() -> None:
    page = make_page(hidden=True)
    _component, monitor = make_seen(page)
    hear(monitor, 1, DOWN)
    tick(1, 2, 3)
    assert incidents(page) == []


def make_template(page: Page | None = None, **values: str) -> Template:
    texts = {
        "title_en": "Trouble: {components}",
        "body_en": "Since {since}: **{components}**",
        "body_fr": "Depuis {since}",
    }
    return Template.objects.create(
        page=page, name_en="By itself", status="investigating", **{**texts, **values}
    )


def test_it_speaks_with_the_template_that_staff_chose() -> None:
    page = make_page()
    resolves = make_template(title_en="", body_en="Over since {since}.", body_fr="")
    Autopost.objects.create(page=page, begins=make_template(page), resolves=resolves)
    _component, monitor, incident = declared(page)
    assert (incident.title_en, incident.title_fr) == ("Trouble: Checkout", "")
    first = incident.updates.get()
    assert first.body_en == "Since 20 November 2026, 12:01 UTC: **Checkout**"
    assert first.body_fr.startswith("Depuis 20 novembre 2026")
    hear(monitor, 4, UP)
    tick(14)
    assert incident.updates.latest("pk").body_en == "Over since 20 November 2026, 12:04 UTC."


@pytest.mark.parametrize(
    "values",
    [{"body_en": "In {region}."}, {"body_en": "", "body_fr": ""}, {"title_en": "{since}" * 20}],
    ids=["asks", "empty", "too long"],
)
def test_where_a_template_cannot_be_used_its_own_words_stand_in(values: dict[str, str]) -> None:
    page = make_page()
    Autopost.objects.create(page=page, begins=make_template(page, **values))
    _component, _monitor, incident = declared(page)
    assert incident.title_en == "Major outage: Checkout"


def test_a_page_in_one_language_is_told_in_that_one() -> None:
    page = make_page(languages=["fr"], default_language="fr")
    _component, _monitor, incident = declared(page)
    assert (incident.title_en, incident.updates.get().body_en) == ("", "")
    assert incident.title_fr


def test_many_components_fit_into_a_title_and_a_text() -> None:
    page = make_page()
    watched = [make_seen(page, f"{number} {'x' * 90}") for number in range(5)]
    for _component, monitor in watched:
        hear(monitor, 1, DOWN)
    tick(2)
    [incident] = incidents(page)
    assert len(incident.title_en) == 200
    assert incident.updates.get().body_en.count("Major outage") == 5


def test_of_what_hangs_behind_another_only_the_root_is_named() -> None:
    page = make_page()
    _gateway, root = make_seen(page, "Gateway", name="gateway")
    shop, behind = make_seen(page, "Shop", name="shop", behind=root)
    hear(behind, 1, DOWN)
    hear(root, 1.2, DOWN)
    tick(1.3, 2, 3)
    [incident] = incidents(page)
    assert incident.title_en == "Major outage: Gateway"
    assert spans(shop, "monitor")[-1][1] == "unknown"
    assert "shop" in Note.objects.get(incident=incident).text


def test_it_goes_on_after_a_component_was_deleted() -> None:
    page = make_page()
    component, _monitor, incident = declared(page)
    component.delete()
    tick(3, 13)
    incident.refresh_from_db()
    assert incident.status == "resolved"
