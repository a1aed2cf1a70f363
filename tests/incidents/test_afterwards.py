"""Correcting and completing what was said: history, uptime and readers follow, and nobody is told unasked."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents import post
from incidents.afterwards import backfill, correcting, merging, postmortems, times
from incidents.models import Incident, Postmortem, Revision, Update
from incidents.words import PostError
from monitors import record
from monitors.models import Span
from monitors.status import Status
from subscribers.models import Delivery, Notice
from tests.incidents.make import (
    NOW,
    make_subscriber,
    minutes,
    open_incident,
    spans,
    update_incident,
)
from tests.make import make_component, make_page
from tests.people import make_staff

pytestmark = pytest.mark.django_db

MAJOR, PARTIAL, OPERATIONAL = Status.MAJOR_OUTAGE, Status.PARTIAL_OUTAGE, Status.OPERATIONAL
LATER = NOW + minutes(60)
HOLD = timedelta(seconds=20)


@pytest.fixture
def ada(django_user_model) -> Any:
    return django_user_model.objects.create_user("ada")


def resolved(page, *components) -> Incident:
    incident = open_incident(page, dict.fromkeys(components, MAJOR))
    return update_incident(incident, "resolved", now=NOW + minutes(20))


def correct(update: Update, editor, **values: Any) -> Update:
    said = {"body_en": "It is the network.", "body_fr": "", "seen": update.edited_at, "now": LATER}
    return correcting.correct(update, **said | values, editor=editor)


def test_a_correction_keeps_what_stood_there_and_tells_nobody(ada) -> None:
    page = make_page()
    make_subscriber(page)
    incident = open_incident(page)
    told = Notice.objects.count()
    update = correct(incident.updates.get(), ada)
    assert (update.body_en, update.edited_at) == ("It is the network.", LATER)
    revision = Revision.objects.get()
    assert (revision.body_en, revision.editor, revision.replaced_at) == ("We look into it.", ada, LATER)
    incident.refresh_from_db()
    page.refresh_from_db()
    assert incident.updated_at == page.touched_at >= LATER
    assert Notice.objects.count() == told


def test_a_correction_is_told_where_that_is_asked_for(ada) -> None:
    page = make_page()
    make_subscriber(page)
    make_subscriber(page, channel="webhook", address="https://hook.example.com/")
    incident = open_incident(page)
    Delivery.objects.update(state="sent")
    correct(incident.updates.get(), ada, notify=True)
    notice = Notice.objects.first()
    assert notice is not None
    assert (notice.event, notice.payload["body"]["en"]) == ("update.edited", "It is the network.")
    assert notice.payload["edited_at"] == LATER.isoformat()
    assert Delivery.objects.filter(notice=notice, state="pending").count() == 2


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(ada) -> None:
    update = open_incident(make_page()).updates.get()
    correct(update, ada)
    with pytest.raises(PostError, match="Somebody corrected this meanwhile"):
        correct(update, ada, body_en="Mine.", seen=None)
    assert Revision.objects.count() == 1


@pytest.mark.parametrize(("body", "sentence"), [("We look into it.", "Nothing"), ("", "at least one")])
def test_a_correction_says_something_else(ada, body: str, sentence: str) -> None:
    with pytest.raises(PostError, match=sentence):
        correct(open_incident(make_page()).updates.get(), ada, body_en=body)


def test_what_can_be_undone_is_not_corrected(ada) -> None:
    update = open_incident(make_page(), hold=HOLD).updates.get()
    with pytest.raises(PostError, match="undo it instead"):
        correct(update, ada, now=NOW)


def retime(incident: Incident, **values: Any) -> Incident:
    incident = Incident.objects.get(pk=incident.pk)
    said = {
        "title_en": incident.title_en,
        "title_fr": incident.title_fr,
        "impact": incident.impact,
        "started_at": incident.started_at,
        "resolved_at": incident.resolved_at,
        "seen": incident.updated_at,
        "now": LATER,
    }
    return times.correct(incident, **said | values)


def test_corrected_times_move_what_it_declared() -> None:
    page = make_page()
    one, two = make_component(page, now=NOW - minutes(90)), make_component(page, now=NOW - minutes(90))
    incident = open_incident(page, {one: MAJOR})
    incident = update_incident(incident, "identified", {two: PARTIAL, one: PARTIAL})
    incident = update_incident(incident, "resolved", now=NOW + minutes(20))
    retime(incident, started_at=NOW - minutes(30), resolved_at=NOW + minutes(15), title_en="Cards fail")
    assert [span for span in spans(one) if span[0] == "incident"] == [
        ("incident", MAJOR, -30, 10),
        ("incident", PARTIAL, 10, 15),
    ]
    assert [span for span in spans(two) if span[0] == "incident"] == [("incident", PARTIAL, 10, 15)]
    # Later than it was said: what lies before is gone.
    incident = retime(incident, started_at=NOW + minutes(12))
    assert [span for span in spans(one) if span[0] == "incident"] == [("incident", PARTIAL, 12, 15)]
    assert (incident.title_en, incident.impact) == ("Cards fail", "major")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"started_at": LATER + minutes(1)}, "started_at"),
        ({"resolved_at": LATER + minutes(1)}, "resolved_at"),
        ({"resolved_at": NOW}, "resolved_at"),
        ({"resolved_at": None}, "resolved_at"),
        ({"seen": NOW}, ""),
        ({"impact": "huge"}, "impact"),
        ({"title_en": "", "title_fr": ""}, "title_en"),
    ],
)
def test_impossible_corrections_are_refused_and_change_nothing(values: dict, field: str) -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(90))
    incident = resolved(page, component)
    before = spans(component)
    with pytest.raises(PostError) as refused:
        retime(incident, **values)
    assert refused.value.field == field
    assert spans(component) == before


def test_what_monitors_saw_is_taken_over() -> None:
    page = make_page()
    one, two = make_component(page, now=NOW - minutes(90)), make_component(page, now=NOW - minutes(90))
    incident = resolved(page, one)
    for component, start, end in ((one, -5, 12), (two, -8, 25)):
        record.declare([component.pk], "monitor:1", MAJOR, NOW + minutes(start))
        record.release("monitor:1", NOW + minutes(end), [component.pk])
    record.declare([two.pk], "monitor:2", PARTIAL, NOW + minutes(20))
    record.release("monitor:2", NOW + minutes(30))
    seen = times.seen_by_monitors(incident, LATER)
    assert len(seen) == 3
    incident = retime(incident, attached=seen)
    assert (incident.started_at, incident.resolved_at) == (NOW - minutes(8), NOW + minutes(30))
    assert [span for span in spans(one) if span[0] == "incident"] == [("incident", MAJOR, -5, 12)]
    assert [span for span in spans(two) if span[0] == "incident"] == [
        ("incident", MAJOR, -8, 25),
        ("incident", PARTIAL, 25, 30),
    ]
    named = {change.component for update in incident.updates.all() for change in update.changes.all()}
    assert named == {one, two}


def test_what_still_goes_on_is_taken_over_by_an_open_incident_alone() -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(90))
    incident = open_incident(page, {component: PARTIAL})
    record.declare([component.pk], "monitor:1", MAJOR, NOW - minutes(5))
    retime(incident, attached=times.seen_by_monitors(incident, LATER))
    assert [span for span in spans(component) if span[0] == "incident"] == [("incident", MAJOR, -5, None)]
    incident = update_incident(incident, "resolved", now=NOW + minutes(20))
    assert [span for span in spans(component) if span[0] == "incident"] == [("incident", MAJOR, -5, 20)]
    with pytest.raises(PostError, match="reopen it first"):
        retime(incident, attached=times.seen_by_monitors(incident, LATER))


def enter(page, ada, *components, **values: Any) -> Incident:
    said = {
        "title_en": "Cards failed",
        "title_fr": "",
        "impact": "major",
        "body_en": "A disk was full.",
        "body_fr": "",
        "components": dict.fromkeys(components, MAJOR),
        "started_at": NOW - minutes(40),
        "resolved_at": NOW - minutes(10),
        "now": NOW,
    }
    return backfill.backfill(page, **said | values, author=ada)


def test_a_past_incident_is_entered_without_telling_anybody(ada) -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(90))
    make_subscriber(page)
    incident = enter(page, ada, component)
    assert (incident.status, incident.backfilled) == ("resolved", True)
    assert [span for span in spans(component) if span[0] == "incident"] == [("incident", MAJOR, -40, -10)]
    said = [(update.status, update.display_at) for update in incident.updates.all()]
    assert said == [("resolved", NOW - minutes(10)), ("investigating", NOW - minutes(40))]
    assert not Notice.objects.exists()
    assert not incident.tasks.exists()


def test_the_past_that_nobody_watched_stays_unwatched(ada) -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(30))
    enter(page, ada, component)
    assert [span for span in spans(component) if span[0] == "incident"] == [("incident", MAJOR, -30, -10)]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"resolved_at": NOW + minutes(1)}, "resolved_at"),
        ({"resolved_at": NOW - minutes(50)}, "resolved_at"),
        ({"body_en": ""}, "body_en"),
    ],
)
def test_what_is_no_past_incident_is_refused(ada, values: dict, field: str) -> None:
    with pytest.raises(PostError) as refused:
        enter(make_page(), ada, **values)
    assert refused.value.field == field
    assert not Incident.objects.exists()


def test_a_form_enters_it_once(ada) -> None:
    page = make_page()
    enter(page, ada, update_id="abcdef012345")
    with pytest.raises(post.AlreadyPosted):
        enter(page, ada, update_id="abcdef012345")


def test_a_duplicate_leads_to_the_other_which_goes_on_for_both() -> None:
    page = make_page()
    one, two = make_component(page, now=NOW - minutes(90)), make_component(page, now=NOW - minutes(90))
    into = open_incident(page, {one: PARTIAL})
    duplicate = open_incident(page, {one: MAJOR, two: PARTIAL}, now=NOW + minutes(5))
    follower = make_subscriber(page, everything=False, subjects=[f"incident:{duplicate.public_id}"])
    both = [f"incident:{duplicate.public_id}", f"incident:{into.public_id}"]
    other = make_subscriber(page, everything=False, subjects=both)
    told = Notice.objects.count()
    merging.merge(duplicate, into, NOW + minutes(10))
    assert [each.public_id for each in Incident.objects.all()] == [into.public_id]
    gone = Incident.everything.get(pk=duplicate.pk)
    assert gone.merged_into == into
    for each in (follower, other):
        each.refresh_from_db()
        assert each.subjects == [f"incident:{into.public_id}"]
    open_ = Span.objects.filter(during__upper_inf=True, source__startswith="incident:")
    assert {(span.component, span.status, span.source) for span in open_} == {
        (one, MAJOR, f"incident:{into.public_id}"),
        (two, PARTIAL, f"incident:{into.public_id}"),
    }
    assert Notice.objects.count() == told
    update_incident(into, "resolved", now=NOW + minutes(20))
    assert not Span.objects.filter(during__upper_inf=True, source__startswith="incident:").exists()


def test_what_cannot_be_merged_is_refused() -> None:
    page = make_page()
    live, over, elsewhere = open_incident(page), resolved(page), open_incident(make_page())
    for duplicate, into in ((live, live), (live, elsewhere), (live, over)):
        with pytest.raises(PostError):
            merging.merge(duplicate, into, LATER)
    merging.merge(over, live, LATER)
    with pytest.raises(PostError, match="undone or merged"):
        merging.merge(over, live, LATER)


def test_what_can_be_undone_gets_no_other_times_and_is_merged_with_nothing() -> None:
    page = make_page()
    held, other = open_incident(page, hold=HOLD), open_incident(page)
    with pytest.raises(PostError, match="still wait"):
        retime(held, now=NOW)
    for duplicate, into in ((held, other), (other, held)):
        with pytest.raises(PostError, match="still wait"):
            merging.merge(duplicate, into, NOW)
    assert not Incident.everything.exclude(withdrawn_at=None).exists()


def learnt(incident, author, **values: Any) -> Postmortem:
    said = {"body_en": "We learnt.", "body_fr": "", "seen": 0, "for_review": False, "now": LATER}
    return postmortems.save(incident, **said | values, author=author)


def publish(incident, reviewer, seen: int, **values: Any) -> Update:
    said = {"notify": True, "hold": timedelta(0), "now": LATER}
    return postmortems.publish(incident, seen=seen, **said | values, reviewer=reviewer)


def test_a_postmortem_is_drafted_reviewed_published_and_told(ada) -> None:
    page = make_page()
    make_subscriber(page)
    incident = resolved(page)
    learnt(incident, ada)
    with pytest.raises(PostError, match="given to review first"):
        publish(incident, ada, 1)
    learnt(incident, ada, seen=1, for_review=True)
    update = publish(incident, ada, 2)
    assert (update.status, update.body_en) == ("postmortem", "We learnt.")
    postmortem = Postmortem.objects.get()
    assert (postmortem.state, postmortem.reviewer, postmortem.update) == ("published", ada, update)
    assert Notice.objects.latest("id").event == "incident.postmortem"
    with pytest.raises(PostError, match="correct that update"):
        learnt(incident, ada, seen=3)


def test_nobody_saves_over_the_text_of_somebody_else(ada) -> None:
    incident = resolved(make_page())
    learnt(incident, ada)
    with pytest.raises(PostError, match="Somebody changed it meanwhile"):
        learnt(incident, ada, body_en="Mine.")
    learnt(incident, ada, seen=1, for_review=True)
    with pytest.raises(PostError, match="Somebody changed it meanwhile"):
        publish(incident, ada, 1)
    assert Postmortem.objects.get().body_en == "We learnt."


def test_an_undone_postmortem_is_in_review_again(ada) -> None:
    incident = resolved(make_page())
    learnt(incident, ada, for_review=True)
    update = publish(incident, ada, 1, hold=HOLD)
    post.undo(update, LATER, ada)
    postmortem = Postmortem.objects.get()
    assert (postmortem.state, postmortem.update) == ("review", None)
    assert Incident.objects.get().status == "resolved"


def test_what_goes_on_has_no_postmortem_to_publish(ada) -> None:
    incident = open_incident(make_page())
    learnt(incident, ada, for_review=True)
    with pytest.raises(PostError, match="resolve it first"):
        publish(incident, ada, 1)


def at(name: str, *args: Any) -> str:
    return reverse(f"admin:incidents_incident_{name}", args=args)


def test_staff_do_all_of_it_by_forms(staff) -> None:
    now = timezone.now().replace(microsecond=123_456)
    page = make_page(time_zone="Europe/Paris")
    component = make_component(page, now=now - minutes(300))
    incident = open_incident(page, {component: MAJOR}, now=now - minutes(60))
    update_incident(incident, "resolved", now=now - minutes(30))
    other = open_incident(page, now=now - minutes(50), title_en="The same")
    first = incident.updates.last()
    assert first is not None
    text = staff.get(at("change", incident.pk)).text
    for name, args in (("correct", (incident.pk, first.public_id)), ("times", (incident.pk,))):
        assert at(name, *args) in text
        assert staff.get(at(name, *args)).status_code == 200

    correction = {"body_en": "It was the network.", "seen": ""}
    assert staff.post(at("correct", incident.pk, first.public_id), correction).status_code == 302
    again = staff.post(at("correct", incident.pk, first.public_id), correction | {"body_en": "Mine."})
    assert "Somebody corrected this meanwhile" in again.text
    assert "Mine." in again.text
    assert "We look into it." in again.text

    form = staff.get(at("times", incident.pk)).context["form"]
    typed = {name: form.initial[name] for name in ("title_en", "impact", "started_at", "resolved_at", "seen")}
    assert staff.post(at("times", incident.pk), typed | {"title_en": "Cards"}).status_code == 302
    incident.refresh_from_db()
    assert (incident.title_en, incident.started_at) == ("Cards", now - minutes(60))

    assert staff.post(at("merge", other.pk), {"into": ""}).status_code == 200
    assert staff.get(at("merge", other.pk)).status_code == 200
    update_incident(other, "resolved", now=now - minutes(10))
    assert staff.post(at("merge", other.pk), {"into": incident.pk}).status_code == 302
    assert Incident.objects.count() == 1

    assert staff.post(at("postmortem", incident.pk), {"body_en": "Learnt.", "seen": "0"}).status_code == 302
    review = {"body_en": "Learnt.", "seen": "1", "review": "1"}
    assert staff.post(at("postmortem", incident.pk), review).status_code == 302
    shown = staff.get(at("postmortem", incident.pk)).text
    assert all(words in shown for words in ("Publish the postmortem", "You wrote it"))
    assert staff.post(at("publish", incident.pk), {"seen": "2", "notify": "on"}).status_code == 302
    assert Incident.objects.get().status == "postmortem"
    shown = staff.get(at("postmortem", incident.pk)).text
    assert all(words in shown for words in ("Correct it", "Written by ada", "published by ada"))

    past = {"title_en": "Old", "body_en": "Long ago.", "impact": "minor", "update_id": "abcdef012345"}
    past |= {"started_at": "2026-03-01T10:00:00", "resolved_at": "2026-03-01T11:00:00"}
    assert staff.get(at("backfill")).status_code == 200
    wrong = staff.post(at("backfill"), past | {"resolved_at": "2026-03-01T09:00:00"})
    assert "ends after it starts" in wrong.text
    assert staff.post(at("backfill"), past).status_code == 302
    assert Incident.objects.get(title_en="Old").backfilled


def test_whoever_may_only_look_gets_to_none_of_it(client) -> None:
    incident = resolved(make_page())
    client.force_login(make_staff("viewer"))
    update = incident.updates.last()
    assert update is not None
    for name in ("times", "merge", "postmortem", "publish"):
        assert client.get(at(name, incident.pk)).status_code == 403
    assert client.get(at("correct", incident.pk, update.public_id)).status_code == 403
    assert client.get(at("backfill")).status_code == 403
    text = client.get(at("change", incident.pk)).text
    assert "Afterwards" not in text
    assert at("correct", incident.pk, update.public_id) not in text


def test_damaged_forms_are_answered(staff) -> None:
    incident = resolved(make_page())
    update = incident.updates.last()
    assert update is not None
    typed = {"body_en": "x", "seen": "yesterday"}
    assert "damaged" in staff.post(at("correct", incident.pk, update.public_id), typed).text
    assert staff.post(at("times", incident.pk), {"seen": "", "attached": "1-2"}).status_code == 200
    assert staff.post(at("postmortem", incident.pk), {"body_en": "x", "seen": "one"}).status_code == 200
