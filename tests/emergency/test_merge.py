"""What was posted in an emergency comes home: once, as it was published, and nobody is told twice."""

import json
import threading
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from incidents.afterwards import merging
from incidents.models import Incident, Update
from incidents.undo import undo
from monitors import record
from monitors.models import Component
from monitors.status import Status
from statuspage import merge
from statuspage.emergency import account, changes
from statuspage.emergency.account import Entry, Fate
from statuspage.installation import installation
from statuspage.models import AuditEntry, Target
from statuspage.people import audit_words
from statuspage.publish import PublishError
from statuspage.signing import Role, Signer
from statuspage.snapshot import Snapshot
from subscribers.channels import CHANNELS
from subscribers.models import Delivery, DeliveryState, Notice, Subscriber
from tests.emergency.scene import NOW, SIGNER, Scene, emergency_page, minutes, post, said
from tests.incidents.make import make_subscriber, open_incident, spans
from tests.make import make_component

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + minutes(90)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def everything() -> list[object]:
    """All that an import can write."""
    return [list(model.objects.order_by("pk").values()) for model in (Incident, Update, Notice, Delivery)] + [
        list(component.spans.order_by("pk").values()) for component in Component.objects.order_by("pk")
    ]


def two_updates(scene: Scene, component: Component) -> Snapshot:
    snapshot = scene.publish()
    first = said(at=NOW + minutes(5), components=[(component, Status.MAJOR_OUTAGE)])
    second = said(
        "monitoring",
        at=NOW + minutes(20),
        components=[(component, Status.DEGRADED_PERFORMANCE)],
        next_update_at=NOW + minutes(120),
    )
    snapshot = post(snapshot, first, "incident0001", impact="critical")
    return scene.say(changes.updated(snapshot, "incident0001", second), NOW + minutes(20))


def test_an_incident_comes_home_as_it_was_published(scene: Scene) -> None:
    component = scene.component()
    published = two_updates(scene, component)

    merge.take_over(scene.target, scene.page, LATER)

    incident = Incident.objects.get()
    there = published.incidents[0]
    assert (incident.public_id, incident.title_en, incident.title_fr) == (
        "incident0001",
        "Payments fail",
        "Les paiements échouent",
    )
    assert (incident.impact, incident.status) == ("critical", "monitoring")
    assert (incident.started_at, incident.monitoring_at) == (NOW + minutes(5), NOW + minutes(20))
    assert incident.next_update_at == NOW + minutes(120)
    newest_first = list(Update.objects.order_by("-display_at"))
    assert [(each.public_id, each.display_at, each.created_at) for each in newest_first] == [
        (each.id, each.display_at, each.created_at) for each in there.updates
    ]
    assert all(each.emergency and each.author is None for each in newest_first)
    assert spans(component)[1:] == [
        ("incident", "major_outage", 5, 20),
        ("incident", "degraded_performance", 20, None),
    ]


def test_what_is_published_afterwards_says_the_same(scene: Scene) -> None:
    there = two_updates(scene, scene.component()).incidents[0]

    merge.take_over(scene.target, scene.page, LATER)

    ours = scene.publish(LATER).incidents[0]
    assert ours == replace(there, updated_at=ours.updated_at, updates=ours.updates)
    assert [replace(each, changes=()) for each in ours.updates] == [
        replace(each, changes=()) for each in there.updates
    ]


def test_an_update_joins_the_incident_that_is_here(scene: Scene) -> None:
    component = scene.component()
    incident = open_incident(scene.page, {component: Status.MAJOR_OUTAGE})
    snapshot = changes.updated(scene.publish(), incident.public_id, said("resolved", NOW + minutes(30)))
    scene.say(snapshot, NOW + minutes(30))

    merge.take_over(scene.target, scene.page, LATER)

    incident.refresh_from_db()
    assert (incident.status, incident.resolved_at) == ("resolved", NOW + minutes(30))
    assert [update.emergency for update in incident.updates.order_by("id")] == [False, True]
    assert spans(component)[1:] == [("incident", "major_outage", 0, 30)]


def test_twice_changes_nothing_more(scene: Scene) -> None:
    make_subscriber(scene.page)
    two_updates(scene, scene.component())
    merge.take_over(scene.target, scene.page, LATER)
    before = everything()

    merge.take_over(scene.target, scene.page, LATER + minutes(5))

    assert everything() == before


def test_two_at_once_import_once(scene: Scene) -> None:
    make_subscriber(scene.page)
    two_updates(scene, scene.component())
    errors = []

    def run() -> None:
        try:
            merge.take_over(scene.target, scene.page, LATER)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert (Incident.objects.count(), Update.objects.count(), Notice.objects.count()) == (1, 2, 2)


def test_one_that_died_in_the_middle_did_nothing(scene: Scene) -> None:
    component = scene.component()
    snapshot = post(scene.publish(), said(at=NOW + minutes(5)), "incident0001")
    # The second incident cannot be written here: its title is longer than any form takes.
    long = replace(post(snapshot, said(at=NOW + minutes(9)), "incident0002").incidents[0])
    long = replace(long, title=replace(long.title, en="x" * 500))
    scene.say(replace(snapshot, incidents=(long, *snapshot.incidents)), NOW + minutes(9))
    before = everything()

    with pytest.raises(PublishError, match="cannot be taken over"):
        merge.take_over(scene.target, scene.page, LATER)

    assert everything() == before
    assert component.spans.count() == 1


@pytest.mark.parametrize("channel", sorted(CHANNELS))
def test_those_who_were_told_are_not_told_again(scene: Scene, channel: str) -> None:
    told, perhaps, refused, untold = (make_subscriber(scene.page, channel=channel) for _ in range(4))
    update = said(at=NOW + minutes(5))
    scene.say(post(scene.publish(), update, "incident0001"), NOW + minutes(5))
    at = NOW + minutes(6)
    scene.tell(
        Entry(update.id, told.public_id, Fate.SENT, at),
        Entry(update.id, perhaps.public_id, Fate.UNKNOWN, at),
        Entry(update.id, refused.public_id, Fate.FAILED, at),
        Entry(update.id, "nobodyknown1", Fate.SENT, at),
    )

    merge.take_over(scene.target, scene.page, LATER)

    def fate(subscriber: Subscriber) -> tuple[str, object]:
        delivery = Delivery.objects.get(subscriber=subscriber)
        return delivery.state, delivery.finished_at

    assert fate(told) == (DeliveryState.SENT, at)
    assert fate(perhaps) == (DeliveryState.DEAD, at)
    assert fate(refused) == fate(untold) == (DeliveryState.PENDING, None)
    assert "Try again only if it did not arrive" in Delivery.objects.get(subscriber=perhaps).error
    # The message that goes out now is the very same as the tool's.
    assert Notice.objects.get().public_id == update.id


@pytest.mark.parametrize("channel", ["email", "slack"])
def test_a_newer_update_cancels_no_message_that_was_sent(scene: Scene, channel: str) -> None:
    told, untold = (make_subscriber(scene.page, channel=channel) for _ in range(2))
    published = two_updates(scene, scene.component())
    _newest, first = published.incidents[0].updates
    scene.tell(Entry(first.id, told.public_id, Fate.SENT, NOW))

    merge.take_over(scene.target, scene.page, LATER)

    def states(subscriber: Subscriber) -> list[str]:
        return list(
            Delivery.objects.filter(subscriber=subscriber).order_by("id").values_list("state", flat=True)
        )

    assert states(told) == ["sent", "pending"]
    assert states(untold) == ["cancelled", "pending"]


def test_a_later_account_settles_what_was_unknown(scene: Scene) -> None:
    reader = make_subscriber(scene.page)
    update = said(at=NOW + minutes(5))
    scene.say(post(scene.publish(), update, "incident0001"), NOW + minutes(5))
    scene.tell(Entry(update.id, reader.public_id, Fate.UNKNOWN, NOW))
    merge.take_over(scene.target, scene.page, LATER)

    scene.tell(Entry(update.id, reader.public_id, Fate.SENT, NOW + minutes(6)))
    merge.take_over(scene.target, scene.page, LATER)

    assert Delivery.objects.get().state == DeliveryState.SENT


def test_an_update_that_told_nobody_tells_nobody(scene: Scene) -> None:
    make_subscriber(scene.page)
    scene.say(post(scene.publish(), said(at=NOW, notified=False), "incident0001"), NOW)

    merge.take_over(scene.target, scene.page, LATER)

    assert not Notice.objects.exists()


def test_the_tool_sees_that_the_application_took_over(scene: Scene) -> None:
    published = two_updates(scene, scene.component())

    merge.take_over(scene.target, scene.page, LATER)

    assert scene.target.private is not None
    mark = scene.target.private.get(account.TAKEN)
    ours = installation().signer.public
    assert account.taken(mark, scene.page.public_id, ours) == published.sequence
    assert account.taken(mark, "another00001", ours) == 0
    assert account.taken(mark, scene.page.public_id, SIGNER.public) == 0


def declared_and_taken_over_twice(scene: Scene) -> Component:
    component = scene.component()
    snapshot = changes.declared(scene.publish(), component.public_id, Status.PARTIAL_OUTAGE, NOW + minutes(5))
    scene.say(snapshot, NOW + minutes(5))

    merge.take_over(scene.target, scene.page, LATER)
    merge.take_over(scene.target, scene.page, LATER)
    return component


def test_a_status_that_a_person_declared_holds_from_then_on(scene: Scene) -> None:
    component = declared_and_taken_over_twice(scene)

    assert spans(component) == [("staff", "operational", -60, 5), ("staff", "partial_outage", 5, None)]


def test_the_audit_log_tells_what_was_declared_in_an_emergency(scene: Scene) -> None:
    component = declared_and_taken_over_twice(scene)

    (entry,) = AuditEntry.objects.filter(action="act", thing="monitors_component", key=str(component.pk))
    assert entry.label == component.name_en
    told = {change.name: change.after for change in audit_words.changes_of([entry])[entry.pk]}
    assert told["Declared with the emergency tool"] == "Partial outage"
    assert "22 Nov 2026" in (told["Declared at"] or "")


def test_an_old_document_does_not_undo_what_staff_said_since(scene: Scene) -> None:
    component = scene.component()
    snapshot = changes.declared(scene.publish(), component.public_id, Status.MAJOR_OUTAGE, NOW + minutes(5))
    scene.say(snapshot, NOW + minutes(5))
    merge.take_over(scene.target, scene.page, LATER)
    record.declare_by_staff(component, Status.OPERATIONAL, LATER + minutes(5))
    before = everything()

    merge.take_over(scene.target, scene.page, LATER + minutes(10))

    assert everything() == before


def test_a_component_that_is_gone_costs_the_update_nothing(scene: Scene) -> None:
    gone, here = scene.component(), scene.component()
    two_updates(scene, gone)
    record.delete_component(gone, NOW + minutes(40))

    merge.take_over(scene.target, scene.page, LATER)

    assert Update.objects.count() == 2
    assert spans(here) == [("staff", "operational", -60, None)]


def test_a_component_of_another_page_is_not_touched(scene: Scene) -> None:
    ours, other = scene.component(), make_component(emergency_page(), now=NOW)
    published = two_updates(scene, ours)
    forged = json.loads(json.dumps(merge_document(published)).replace(ours.public_id, other.public_id))

    content = json.dumps(forged).encode()
    put(scene, content, SIGNER)
    merge.take_over(scene.target, scene.page, LATER)

    assert spans(other) == [("staff", "operational", 0, None)]


def test_what_cannot_follow_here_is_said_all_the_same(scene: Scene) -> None:
    incident = open_incident(scene.page)
    snapshot = changes.updated(scene.publish(), incident.public_id, said("identified", NOW + minutes(5)))
    scene.say(snapshot, NOW + minutes(5))
    # Meanwhile somebody closed it in the application, which nobody could publish.
    Incident.objects.update(status="postmortem", resolved_at=NOW + minutes(2))

    merge.take_over(scene.target, scene.page, LATER)

    assert Update.objects.get(emergency=True).status == "postmortem"


def test_a_clock_that_was_ahead_makes_no_future(scene: Scene) -> None:
    component = scene.component()
    tomorrow = NOW + timedelta(days=1)
    first = said(at=tomorrow, components=[(component, Status.MAJOR_OUTAGE)])
    scene.say(post(scene.publish(), first, "incident0001"), tomorrow)

    merge.take_over(scene.target, scene.page, LATER)

    assert Update.objects.get().display_at == Incident.objects.get().started_at == LATER


def merge_document(snapshot: Snapshot) -> dict[str, object]:
    from statuspage.document import as_json

    document: dict[str, object] = as_json(snapshot)
    return document


def put(scene: Scene, content: bytes, signer: Signer) -> None:
    """What somebody wrote over the status document, past all of us."""
    (scene.folder / "public" / "status.json").write_bytes(content)
    (scene.folder / "public" / "status.json.sig").write_bytes(signer.sign(content))


FORGER = Signer.of(Role.EMERGENCY, "Zm9yZ2VyIGZvcmdlciBmb3JnZXIgZm9yZ2VyIGZvciA=")


def test_a_forged_document_is_refused(scene: Scene) -> None:
    published = two_updates(scene, scene.component())
    put(scene, json.dumps(merge_document(published)).encode(), FORGER)

    with pytest.raises(PublishError, match="not signed by the emergency key"):
        merge.take_over(scene.target, scene.page, LATER)

    assert not Update.objects.exists()


def test_a_page_without_an_emergency_key_believes_nobody(scene: Scene) -> None:
    two_updates(scene, scene.component())
    scene.page.emergency_key = ""

    with pytest.raises(PublishError, match="not signed by the emergency key"):
        merge.take_over(scene.target, scene.page, LATER)


def test_the_document_of_another_page_is_refused(scene: Scene) -> None:
    published = two_updates(scene, scene.component())
    other = replace(published, page=replace(published.page, id="otherpage001"))
    put(scene, json.dumps(merge_document(other)).encode(), SIGNER)

    with pytest.raises(PublishError, match="another page"):
        merge.take_over(scene.target, scene.page, LATER)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"[" * 100_000, b'{"version": 1}', b"\xff"])
def test_a_damaged_document_is_refused(scene: Scene, content: bytes) -> None:
    two_updates(scene, scene.component())
    put(scene, content, SIGNER)

    with pytest.raises(PublishError, match="another version"):
        merge.take_over(scene.target, scene.page, LATER)


def test_a_huge_document_is_refused(scene: Scene) -> None:
    two_updates(scene, scene.component())
    put(scene, b" " * (merge.LONGEST + 1), SIGNER)

    with pytest.raises(PublishError, match="too long"):
        merge.take_over(scene.target, scene.page, LATER)


def test_a_publication_that_was_interrupted_left_our_own_status(scene: Scene) -> None:
    scene.publish()

    merge.take_over(scene.target, scene.page, LATER)

    assert not Update.objects.exists()
    assert scene.target.private is not None
    assert scene.target.private.get(account.TAKEN) is None


def test_a_forged_account_is_refused_before_anything_is_written(scene: Scene) -> None:
    make_subscriber(scene.page)
    two_updates(scene, scene.component())
    scene.tell(signer=FORGER)

    with pytest.raises(PublishError, match="not signed by its key"):
        merge.take_over(scene.target, scene.page, LATER)

    assert not Update.objects.exists()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"page": "x", "deliveries": []}', b'{"page": 1}', b"[" * 100_000]
)
def test_a_damaged_account_is_refused(scene: Scene, content: bytes) -> None:
    two_updates(scene, scene.component())
    assert scene.target.private is not None
    scene.target.private.put(account.ACCOUNT, content)
    scene.target.private.put(account.ACCOUNT_SIGNATURE, SIGNER.sign(content))

    with pytest.raises(PublishError, match="cannot be read"):
        merge.take_over(scene.target, scene.page, LATER)


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("import_emergency", *arguments, stdout=out)
    return out.getvalue()


def test_it_can_be_taken_over_by_hand_with_the_tool_s_own_journal(scene: Scene) -> None:
    told, perhaps = make_subscriber(scene.page), make_subscriber(scene.page)
    target = Target.objects.create(page=scene.page, name="main", kind="directory", config=scene.config)
    update = said(at=NOW + minutes(5))
    scene.say(post(scene.publish(), update, "incident0001"), NOW + minutes(5))
    lines = [
        {"at": NOW.isoformat(), "update": update.id, "subscriber": told.public_id, "step": step}
        for step in ("sending", "sent")
    ]
    lines.append(lines[0] | {"subscriber": perhaps.public_id})
    journal = scene.folder / "journal.jsonl"
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert "1 updates and 0 declared statuses taken over; 2 messages" in command(
        "main", "--journal", str(journal)
    )

    states = Delivery.objects.order_by("subscriber_id").values_list("state", flat=True)
    assert list(states) == [DeliveryState.SENT, DeliveryState.DEAD]
    assert Target.objects.get() == target


def test_a_journal_may_come_after_everything_else(scene: Scene) -> None:
    told = make_subscriber(scene.page)
    Target.objects.create(page=scene.page, name="main", kind="directory", config=scene.config)
    update = said(at=NOW + minutes(5))
    scene.say(post(scene.publish(), update, "incident0001"), NOW + minutes(5))
    merge.take_over(scene.target, scene.page, LATER)
    scene.publish(LATER)
    journal = scene.folder / "journal.json"
    journal.write_bytes(
        account.encoded(scene.page.public_id, [Entry(update.id, told.public_id, Fate.SENT, NOW)])
    )

    assert "1 messages" in command("main", "--journal", str(journal))

    assert Delivery.objects.get().state == DeliveryState.SENT


@pytest.mark.parametrize("content", ["", "nonsense", "{}", '{"page": "another00001", "deliveries": []}'])
def test_what_is_no_journal_is_refused(scene: Scene, content: str) -> None:
    two_updates(scene, scene.component())
    Target.objects.create(page=scene.page, name="main", kind="directory", config=scene.config)
    (scene.folder / "journal").write_text(content)

    with pytest.raises(CommandError, match="is no journal"):
        command("main", "--journal", str(scene.folder / "journal"))

    assert not Update.objects.exists()


def test_the_console_says_which_updates_were_posted_in_an_emergency(
    scene: Scene, admin_client: Client, settings: Any
) -> None:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    incident = open_incident(scene.page)
    address = f"/admin/incidents/incident/{incident.pk}/change/"
    assert "posted by emergency procedure" not in admin_client.get(address).content.decode()
    snapshot = changes.updated(scene.publish(), incident.public_id, said("identified", NOW + minutes(5)))
    scene.say(snapshot, NOW + minutes(5))

    merge.take_over(scene.target, scene.page, LATER)

    assert "posted by emergency procedure" in admin_client.get(address).content.decode()


def test_what_was_undone_here_is_back_where_the_tool_went_on_with_it(scene: Scene) -> None:
    owner = User.objects.create_user("ada")
    incident = open_incident(scene.page, hold=timedelta(seconds=20))
    snapshot = scene.publish()
    undo(incident.updates.get(), NOW, owner)
    scene.say(changes.updated(snapshot, incident.public_id, said("identified", NOW + minutes(30))), NOW)

    merge.take_over(scene.target, scene.page, LATER)

    assert [each.status for each in Incident.objects.get().updates.all()] == ["identified"]


def test_what_was_merged_here_goes_on_in_the_other(scene: Scene) -> None:
    into, duplicate = open_incident(scene.page), open_incident(scene.page)
    snapshot = scene.publish()
    merging.merge(duplicate, into, NOW)
    scene.say(changes.updated(snapshot, duplicate.public_id, said("identified", NOW + minutes(30))), NOW)

    merge.take_over(scene.target, scene.page, LATER)

    assert Incident.objects.get() == into
    assert [each.status for each in into.updates.all()] == ["identified", "investigating"]
