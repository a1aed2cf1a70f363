"""Webhooks in Statuspage's words: the envelope of its recorded ones, and what a real receiver reads in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from incidents import post
from monitors.models import Component, Page
from monitors.status import Status
from statuspage import changes
from subscribers import claims, outbox
from subscribers.channels.base import Message
from subscribers.channels.bodies import Bodies
from subscribers.models import Notice
from tests.incidents.make import NOW, minutes, open_incident, schedule, update_incident
from tests.make import make_component, make_group, make_page
from tests.subscribers.make import make_means, make_message, make_subscriber, make_told

RECORDED = Path(__file__).parents[1] / "fixtures"
INCIDENT = json.loads((RECORDED / "statuspage_webhook_incident.json").read_text())
COMPONENT = json.loads((RECORDED / "statuspage_webhook_component.json").read_text())
# What an incident of the API has today, beyond those recordings of 2017.
SINCE = {"started_at"}


def sent(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(Bodies(make_means()).body(message))
    return body


def told() -> list[dict[str, Any]]:
    """Every body that waits, oldest first."""
    bodies = []
    while batch := claims.claim("webhook", NOW + minutes(600)):
        bodies += [sent(message) for message in batch.messages]
        outbox.Delivery.objects.filter(pk__in=batch.ids).update(state="sent")
    return bodies


def listening_page() -> tuple[Page, Component]:
    page = make_page(name="Acme", url="https://status.example.com", time_zone="Europe/Paris")
    group = make_group(page, name_en="Store")
    component = make_component(page, now=NOW - minutes(60), name_en="Checkout", group=group)
    make_subscriber(page, channel="webhook", format="statuspage")
    return page, component


def assert_like(ours: Any, recorded: Any, path: str = "") -> None:
    """The same keys, and values of the same kind wherever a recording has one."""
    if isinstance(recorded, dict):
        assert set(ours) - SINCE == set(recorded), path
        for key, value in recorded.items():
            assert_like(ours[key], value, f"{path}.{key}")
    elif isinstance(recorded, list):
        # Either may be null there.
        for each in ours or ():
            assert_like(each, recorded[0], f"{path}[]")
    elif recorded is not None and ours is not None:
        assert type(ours) is type(recorded), path


@pytest.mark.django_db
def test_an_incident_has_every_key_of_a_recorded_one() -> None:
    page, component = listening_page()
    open_incident(page, {component: Status.MAJOR_OUTAGE}, next_update_at=NOW + minutes(30))
    [body] = told()
    assert_like(body, INCIDENT)
    assert list(body) == list(INCIDENT)
    assert body["page"] == {
        "id": page.public_id,
        "status_indicator": "critical",
        "status_description": "Major System Outage",
    }
    incident = body["incident"]
    assert (incident["name"], incident["status"], incident["impact"]) == (
        "Payments fail",
        "investigating",
        "major",
    )
    assert incident["created_at"] == "2026-11-22T15:00:00.000+01:00"
    [part] = incident["components"]
    assert (part["name"], part["status"]) == ("Checkout", "major_outage")
    [update] = incident["incident_updates"]
    assert update["body"] == "We look into it."
    assert update["affected_components"] == [
        {
            "code": component.public_id,
            "name": "Store - Checkout",
            "old_status": "operational",
            "new_status": "major_outage",
        }
    ]


@pytest.mark.django_db
def test_every_update_is_told_newest_first_up_to_the_postmortem() -> None:
    page, component = listening_page()
    incident = open_incident(page, {component: Status.MAJOR_OUTAGE})
    incident = update_incident(
        incident, "monitoring", now=NOW + minutes(5), body_en="A *fix* is in.\n\nSecond."
    )
    incident = update_incident(incident, "resolved", now=NOW + minutes(9))
    update_incident(incident, "postmortem", now=NOW + minutes(30), body_en="A card failed.")
    bodies = told()
    statuses = ["investigating", "monitoring", "resolved", "postmortem"]
    for number, body in enumerate(bodies, 1):
        assert_like(body, INCIDENT)
        updates = [update["status"] for update in body["incident"]["incident_updates"]]
        assert updates == statuses[:number][::-1]
    assert [body["page"]["status_indicator"] for body in bodies] == ["critical", "critical", "none", "none"]
    second, last = bodies[1]["incident"], bodies[-1]["incident"]
    assert second["incident_updates"][0]["body"] == "<p>A <em>fix</em> is in.</p>\n<p>Second.</p>"
    assert (second["monitoring_at"], second["resolved_at"]) == ("2026-11-22T15:05:00.000+01:00", None)
    assert last["resolved_at"] == "2026-11-22T15:09:00.000+01:00"
    assert last["postmortem_body"] == "A card failed."
    assert last["postmortem_published_at"] == "2026-11-22T15:30:00.000+01:00"
    assert second["postmortem_body"] is None


@pytest.mark.django_db
def test_who_is_affected_and_what_helps_come_first_in_the_newest_update_until_it_is_over() -> None:
    page, component = listening_page()
    Page.objects.filter(pk=page.pk).update(default_language="fr")
    page.refresh_from_db()
    incident = open_incident(
        page,
        {component: Status.MAJOR_OUTAGE},
        scope_fr="Cartes <émises> en Europe",
        workaround_fr="Payez par **virement**.",
    )
    incident = update_incident(incident, "identified", now=NOW + minutes(5), body_fr="Trouvé.")
    update_incident(incident, "resolved", now=NOW + minutes(9), body_fr="Fini.")
    _first, second, last = (
        [each["body"] for each in body["incident"]["incident_updates"]] for body in told()
    )
    assert second[0] == (
        "<p><strong>Qui est concerné\u00a0:</strong> Cartes &lt;émises&gt; en Europe</p>"
        "<p><strong>Contournement</strong></p><p>Payez par <strong>virement</strong>.</p>"
        "<p>Trouvé.</p>"
    )
    assert "virement" not in second[1]
    assert last[0] == "Fini."


@pytest.mark.django_db
def test_a_maintenance_is_an_incident_with_a_time_planned() -> None:
    page, component = listening_page()
    work = schedule(page, component)
    post.update_maintenance(work, status="cancelled", body_en="Not now.", body_fr="", now=NOW + minutes(10))
    planned, cancelled = (body["incident"] for body in told())
    assert (planned["status"], planned["impact"]) == ("scheduled", "maintenance")
    assert planned["scheduled_for"] == "2026-11-22T16:00:00.000+01:00"
    assert planned["scheduled_auto_in_progress"] is True
    assert [part["name"] for part in planned["components"]] == ["Checkout"]
    # Statuspage has no word for it.
    assert cancelled["status"] == cancelled["incident_updates"][0]["status"] == "completed"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("status", "named"), [("major_outage", "major_outage"), ("unknown", "degraded_performance")]
)
def test_a_component_that_turned_has_every_key_of_a_recorded_one(status: str, named: str) -> None:
    page, component = listening_page()
    changes.note(page, NOW)
    row = changes.ComponentTold.objects.get()
    changes.Turn.objects.create(
        page=page, component=component, old_status=row.status, new_status=status, at=NOW + minutes(1)
    )
    assert changes.tell() == 1
    [body] = told()
    assert_like(body, COMPONENT)
    assert list(body) == list(COMPONENT)
    assert (body["component"]["name"], body["component"]["status"]) == ("Checkout", named)
    update = body["component_update"]
    assert (update["old_status"], update["new_status"]) == ("operational", named)
    assert update["component_id"] == component.public_id
    assert update["id"] == Notice.objects.get().public_id
    assert update["created_at"] == "2026-11-22T15:01:00.000+01:00"


@pytest.mark.django_db
def test_a_page_that_nobody_sees_is_not_called_well() -> None:
    page, component = listening_page()
    component.spans.all().delete()
    open_incident(page, {}, impact="none")
    [body] = told()
    assert body["page"]["status_indicator"] == "minor"
    assert body["page"]["status_description"] == "Status unknown: not checked yet"


@pytest.mark.django_db
def test_hidden_components_are_named_nowhere() -> None:
    page, component = listening_page()
    hidden = make_component(page, now=NOW, name_en="Backdoor", visible=False)
    open_incident(page, {component: Status.MAJOR_OUTAGE, hidden: Status.MAJOR_OUTAGE})
    [body] = told()
    assert "Backdoor" not in json.dumps(body)
    assert hidden.public_id not in json.dumps(body)


def read_as_zulip_does(payload: dict[str, Any]) -> tuple[str, str]:
    """Topic and text of the message that Zulip's integration makes of it; KeyError for what it refuses."""
    if "incident" in payload:
        incident = payload["incident"]
        said = (incident["name"], incident["status"], incident["incident_updates"][0]["body"])
        name = incident["name"]
    else:
        name, update = payload["component"]["name"], payload["component_update"]
        said = (name, update["old_status"], update["new_status"])
    assert all(isinstance(part, str) for part in said)
    return f"{name}: {payload['page']['status_description']}", " / ".join(said)


@pytest.mark.django_db
def test_a_real_receiver_reads_all_it_needs() -> None:
    page, component = listening_page()
    incident = open_incident(page, {component: Status.MAJOR_OUTAGE})
    update_incident(incident, "resolved")
    assert [read_as_zulip_does(body) for body in told()] == [
        ("Payments fail: Major System Outage", "Payments fail / investigating / We look into it."),
        ("Payments fail: All Systems Operational", "Payments fail / resolved / News."),
    ]


@pytest.mark.parametrize("event", ["subscription.confirm", "subscription.test"])
def test_a_ping_is_one_that_receivers_of_statuspage_accept(event: str) -> None:
    # Who is still to confirm said in the question what they want.
    asked = make_told(event)
    asked.payload.clear()
    asked.payload["format"] = "statuspage"
    body = sent(make_message(asked))
    assert_like(body, COMPONENT)
    topic, said = read_as_zulip_does(body)
    assert topic == "Acme: All Systems Operational"
    assert said == "Acme / operational / operational"


def test_a_notice_of_an_older_version_is_told_as_far_as_it_goes() -> None:
    body = sent(make_message(make_told(), format="statuspage"))
    assert_like(body, INCIDENT)
    assert read_as_zulip_does(body)[0].endswith("Partial System Outage")
    assert body["incident"]["components"][0]["status"] == "major_outage"


def test_a_format_that_nobody_knows_is_our_own() -> None:
    assert sent(make_message(make_told(), format="xml"))["type"] == "incident.created"


@pytest.mark.django_db
@pytest.mark.parametrize("letter", ["x", "é", "😀", '"', "<", "\n"])
def test_a_body_is_always_smaller_than_20_kb_and_keeps_the_newest(letter: str) -> None:
    page, component = listening_page()
    many = {make_component(page, now=NOW, name_en=letter * 100): Status.MAJOR_OUTAGE for _ in range(60)}
    incident = open_incident(
        page,
        {component: Status.MAJOR_OUTAGE} | many,
        body_en=f"First {letter * 9_900}",
        workaround_en=f"Wait {letter * 1_900}",
    )
    for number in range(5):
        update_incident(
            incident, "identified", now=NOW + minutes(number + 1), body_en=f"{number} {letter * 4_000}"
        )
    for message_bytes in (Bodies(make_means()).body(message) for message in _messages()):
        assert len(message_bytes) < 20_000
        body = json.loads(message_bytes)
        assert_like(body, INCIDENT)
        assert body["meta"]["unsubscribe"].startswith("https://app.example.com/unsubscribe/")
    newest = body["incident"]["incident_updates"]
    assert newest[0]["body"].startswith("<p><strong>Workaround</strong></p><p>Wait")
    assert "<p>4" in newest[0]["body"]


def _messages() -> list[Message]:
    messages: list[Message] = []
    while batch := claims.claim("webhook", NOW + minutes(600)):
        messages += batch.messages
        outbox.Delivery.objects.filter(pk__in=batch.ids).update(state="sent")
    return messages


def test_words_of_one_notice_are_written_once_for_many_subscribers() -> None:
    bodies = Bodies(make_means())
    told = make_told()
    first = json.loads(bodies.body(make_message(told, subscriber_public_id="subscriber01")))
    told.payload.clear()
    second = json.loads(bodies.body(make_message(told, subscriber_public_id="subscriber02")))
    assert first["data"].pop("unsubscribe") != second["data"].pop("unsubscribe")
    assert first == second


def test_our_own_body_says_nothing_of_what_stands_behind() -> None:
    behind = {"indicator": "minor", "description": "", "parts": [], "said": []}
    body = sent(make_message(make_told(background=behind)))
    assert "background" not in body["data"]
