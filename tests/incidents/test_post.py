"""Posting about incidents: one transaction, exact spans, one notice, and nothing half-done."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from incidents.models import Incident, Update
from incidents.post import AlreadyPosted, PostError
from monitors.status import Status
from subscribers.models import Delivery, Notice
from subscribers.payload import own_words
from tests.incidents.make import NOW, make_subscriber, minutes, open_incident, spans, update_incident
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db

MAJOR, PARTIAL, OPERATIONAL = Status.MAJOR_OUTAGE, Status.PARTIAL_OUTAGE, Status.OPERATIONAL


def declared(component) -> list:
    return [span[1:] for span in spans(component) if span[0] == "incident"]


def test_it_opens_an_incident_with_all_that_follows_from_it(django_user_model) -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(60))
    reader = make_subscriber(page)
    author = django_user_model.objects.create_user("ada")
    incident = open_incident(
        page,
        {component: MAJOR},
        author=author,
        next_update_at=NOW + minutes(30),
        title_fr="Paiements en panne",
    )
    incident.refresh_from_db()
    assert (incident.status, incident.impact, incident.started_at) == ("investigating", "major", NOW)
    assert incident.next_update_at == NOW + minutes(30)
    update = incident.updates.get()
    assert (update.status, update.body_en, update.author, update.display_at) == (
        "investigating",
        "We look into it.",
        author,
        NOW,
    )
    change = update.changes.get()
    assert (change.component, change.old_status, change.new_status) == (component, OPERATIONAL, MAJOR)
    assert declared(component) == [(MAJOR, 0, None)]
    assert Delivery.objects.get().subscriber == reader
    page.refresh_from_db()
    assert page.touched_at == incident.updated_at >= NOW


def test_the_notice_is_complete_in_itself() -> None:
    page = make_page(url="https://status.example.com")
    component = make_component(page, name_en="Checkout", name_fr="Paiement")
    incident = open_incident(page, {component: MAJOR}, next_update_at=NOW + minutes(30))
    notice = Notice.objects.get()
    assert (notice.event, notice.subject) == ("incident.created", f"incident:{incident.public_id}")
    assert own_words(notice.payload) == {
        "kind": "incident",
        "public_id": incident.public_id,
        "title": {"en": "Payments fail", "fr": ""},
        "status": "investigating",
        "impact": "major",
        "body": {"en": "We look into it.", "fr": ""},
        "at": "2026-11-22T14:00:00+00:00",
        "started_at": "2026-11-22T14:00:00+00:00",
        "url": f"https://status.example.com/incidents/{incident.public_id}/",
        "update_id": incident.updates.get().public_id,
        "page": {"id": page.public_id, "name": page.name, "url": "https://status.example.com"},
        "components": [
            {
                "id": component.public_id,
                "name": {"en": "Checkout", "fr": "Paiement"},
                "status": "major_outage",
            }
        ],
        "scope": {},
        "workaround": {},
        "next_update_at": "2026-11-22T14:30:00+00:00",
        "scheduled_for": None,
        "scheduled_until": None,
    }


def test_an_omitted_component_keeps_its_value() -> None:
    page = make_page()
    one, two = make_component(page), make_component(page)
    incident = open_incident(page, {one: MAJOR, two: PARTIAL})
    update_incident(incident, "identified", {two: MAJOR})
    assert declared(one) == [(MAJOR, 0, None)]
    assert declared(two) == [(PARTIAL, 0, 10), (MAJOR, 10, None)]
    assert Notice.objects.latest("id").payload["components"] == [
        {"id": one.public_id, "name": {"en": one.name_en, "fr": one.name_fr}, "status": "major_outage"},
        {"id": two.public_id, "name": {"en": two.name_en, "fr": two.name_fr}, "status": "major_outage"},
    ]


def test_an_operational_component_is_no_longer_declared() -> None:
    page = make_page()
    one, two = make_component(page), make_component(page)
    incident = open_incident(page, {one: MAJOR, two: MAJOR})
    incident = update_incident(incident, "monitoring", {one: OPERATIONAL})
    assert declared(one) == [(MAJOR, 0, 10)]
    assert declared(two) == [(MAJOR, 0, None)]
    change = incident.updates.first().changes.get()
    assert (change.old_status, change.new_status) == (MAJOR, OPERATIONAL)


def test_resolving_releases_every_component() -> None:
    page = make_page()
    one, two = make_component(page), make_component(page)
    incident = open_incident(page, {one: MAJOR, two: PARTIAL}, next_update_at=NOW + minutes(30))
    incident = update_incident(incident, "resolved", next_update_at=NOW + minutes(40))
    assert declared(one) == [(MAJOR, 0, 10)]
    assert declared(two) == [(PARTIAL, 0, 10)]
    assert (incident.resolved_at, incident.next_update_at) == (NOW + minutes(10), None)
    changes = {change.component: change.new_status for change in incident.updates.first().changes.all()}
    assert changes == {one: OPERATIONAL, two: OPERATIONAL}
    assert Notice.objects.latest("id").event == "incident.resolved"


def test_reopening_declares_only_what_the_update_says() -> None:
    page = make_page()
    one, two = make_component(page), make_component(page)
    incident = open_incident(page, {one: MAJOR, two: MAJOR})
    incident = update_incident(incident, "monitoring", now=NOW + minutes(5))
    incident = update_incident(incident, "resolved")
    incident = update_incident(incident, "investigating", {two: PARTIAL}, now=NOW + minutes(20))
    assert declared(one) == [(MAJOR, 0, 10)]
    assert declared(two) == [(MAJOR, 0, 10), (PARTIAL, 20, None)]
    assert (incident.resolved_at, incident.monitoring_at) == (None, None)
    assert Notice.objects.latest("id").event == "incident.updated"


def test_a_postmortem_keeps_the_time_of_resolution() -> None:
    incident = update_incident(open_incident(make_page()), "resolved")
    incident = update_incident(incident, "postmortem", now=NOW + minutes(600))
    assert incident.resolved_at == NOW + minutes(10)
    assert Notice.objects.latest("id").event == "incident.postmortem"


def test_it_remembers_since_when_it_is_monitored() -> None:
    incident = update_incident(open_incident(make_page()), "monitoring")
    incident = update_incident(incident, "monitoring", now=NOW + minutes(20))
    assert incident.monitoring_at == NOW + minutes(10)


def test_a_backdated_incident_affects_components_from_then_on() -> None:
    page = make_page()
    component = make_component(page)
    incident = open_incident(page, {component: MAJOR}, started_at=NOW - minutes(30))
    assert declared(component) == [(MAJOR, -30, None)]
    assert incident.updates.get().display_at == NOW


def test_time_never_runs_backwards_within_an_incident() -> None:
    page = make_page()
    component = make_component(page)
    incident = open_incident(page, {component: MAJOR})
    incident = update_incident(incident, "identified", {component: PARTIAL}, now=NOW - minutes(60))
    assert incident.updates.first().display_at == NOW
    assert declared(component) == [(PARTIAL, 0, None)]


def test_an_update_can_be_silent() -> None:
    page = make_page()
    make_subscriber(page)
    open_incident(page, notify=False)
    assert not Notice.objects.exists()
    assert not Update.objects.get().notify


def test_whoever_follows_a_component_hears_every_later_step() -> None:
    page = make_page()
    component = make_component(page)
    follower, other = make_subscriber(page, component), make_subscriber(page, make_component(page))
    incident = open_incident(page, {component: MAJOR})
    incident = update_incident(incident, "monitoring", {component: OPERATIONAL})
    update_incident(incident, "resolved")
    assert follower.deliveries.count() == 3
    assert other.deliveries.count() == 0


def test_the_old_status_is_what_customers_saw() -> None:
    page = make_page()
    component = make_component(page)
    open_incident(page, {component: PARTIAL})
    second = open_incident(page, {component: MAJOR}, now=NOW + minutes(1))
    assert second.updates.get().changes.get().old_status == PARTIAL


def test_an_update_id_posts_once() -> None:
    page = make_page()
    incident = open_incident(page, update_id="a" * 12)
    with pytest.raises(AlreadyPosted) as raised:
        open_incident(page, update_id="a" * 12)
    assert raised.value.update.incident == incident
    with pytest.raises(AlreadyPosted):
        update_incident(incident, "identified", update_id="a" * 12)
    assert Update.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title_en": " \n\t\x00"}, "title_en"),
        ({"title_en": "x" * 201}, "title_en"),
        ({"title_fr": "x" * 1_000_000}, "title_fr"),
        ({"body_en": "\x00\x07 "}, "body_en"),
        ({"body_en": "x" * 10_001}, "body_en"),
        ({"body_fr": "x" * 1_000_000}, "body_fr"),
        ({"impact": "catastrophic"}, "impact"),
        ({"status": "scheduled"}, "status"),
        ({"status": "postmortem"}, "status"),
        ({"started_at": NOW + timedelta(seconds=1)}, "started_at"),
        ({"next_update_at": NOW}, "next_update_at"),
        ({"update_id": "'; DROP TABLE"}, ""),
        ({"update_id": "A" * 12}, ""),
    ],
)
def test_what_cannot_be_posted_leaves_nothing_behind(values: dict, field: str) -> None:
    page = make_page()
    touched = page.touched_at
    with pytest.raises(PostError) as raised:
        open_incident(page, **values)
    assert (raised.value.field, bool(raised.value.sentence)) == (field, True)
    page.refresh_from_db()
    assert (Incident.objects.count(), Notice.objects.count(), page.touched_at) == (0, 0, touched)


@pytest.mark.parametrize(
    ("status", "said", "field"),
    [
        ("postmortem", OPERATIONAL, "status"),
        ("completed", OPERATIONAL, "status"),
        ("identified", Status.UNKNOWN, "components"),
        ("resolved", PARTIAL, "components"),
    ],
)
def test_an_impossible_update_changes_nothing(status: str, said: Status, field: str) -> None:
    page = make_page()
    component = make_component(page)
    incident = open_incident(page, {component: MAJOR})
    with pytest.raises(PostError) as raised:
        update_incident(incident, status, {component: said})
    assert raised.value.field == field
    assert declared(component) == [(MAJOR, 0, None)]
    assert incident.updates.count() == 1


def test_components_of_another_page_are_refused() -> None:
    page, stranger = make_page(), make_component(make_page())
    with pytest.raises(PostError) as raised:
        open_incident(page, {stranger: MAJOR})
    assert raised.value.field == "components"
    gone = make_component(page)
    type(gone).objects.filter(pk=gone.pk).delete()
    with pytest.raises(PostError):
        open_incident(page, {gone: MAJOR})


def test_a_title_is_one_clean_line() -> None:
    incident = open_incident(make_page(), title_en=" Payments\r\n\x00 fail\t")
    assert incident.title_en == "Payments fail"


def test_the_markdown_is_kept_as_it_was_written() -> None:
    text = "# <script>alert(1)</script>\r\n[x](javascript:alert(1))"
    incident = open_incident(make_page(), body_en=text)
    assert incident.updates.get().body_en == text.replace("\r\n", "\n")


def test_a_failure_at_the_very_end_leaves_nothing_behind() -> None:
    """What would break last is what others wrote: the notice's deliveries."""
    page = make_page()
    component = make_component(page)
    before = spans(component)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE subscribers_notice ADD CONSTRAINT refused CHECK (event = 'never')")
    with pytest.raises(Exception, match="refused"):
        open_incident(page, {component: MAJOR})
    assert Incident.objects.count() == 0
    assert spans(component) == before


@pytest.mark.django_db(transaction=True)
def test_two_people_posting_at_once_are_put_in_order() -> None:
    page = make_page()
    component = make_component(page)
    incident = open_incident(page, {component: MAJOR})
    together = threading.Barrier(4)

    def say(number: int) -> None:
        together.wait()
        try:
            status = PARTIAL if number % 2 else MAJOR
            update_incident(incident, "identified", {component: status}, now=NOW + minutes(number))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(say, range(4)))
    assert incident.updates.count() == 5
    times = list(incident.updates.order_by("id").values_list("display_at", flat=True))
    assert times == sorted(times)
    last = incident.updates.order_by("-display_at", "-id").first()
    assert declared(component)[-1][0] == last.changes.get().new_status


@pytest.mark.django_db(transaction=True)
def test_two_submits_of_one_form_post_once() -> None:
    page = make_page()
    together = threading.Barrier(3)

    def submit(_number: int) -> bool:
        together.wait()
        try:
            open_incident(page, update_id="b" * 12)
        except AlreadyPosted:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(submit, range(3))) == [False, False, True]
    assert Incident.objects.count() == 1
