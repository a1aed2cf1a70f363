"""The audit log: every change by staff, with who, when, from where, before and after; nothing secret."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.test import Client
from django.utils import timezone

from incidents.models import Contact, TeamChannel
from monitors.models import Essentials, Monitor, Page
from monitors.status import Status
from statuspage.models import AuditEntry, Invitation, Target
from statuspage.people import audit_triggers, audit_words, refused
from statuspage.people.acting import Actor, acting
from statuspage.people.actors import commanding
from subscribers.models import Subscriber, Suppression
from tests.incidents.make import open_incident, schedule, update_incident
from tests.make import make_component, make_monitor, make_page
from tests.people import make_staff

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


def by_ada() -> Any:
    return acting(lambda: Actor("ada", 7, "192.0.2.7"))


def newest(**values: Any) -> AuditEntry:
    return AuditEntry.objects.filter(**values).latest("id")


def test_a_change_is_kept_with_who_from_where_and_what() -> None:
    page = make_page(name="Acme")
    with by_ada():
        page.name = "Acme Inc."
        page.save()
    entry = newest()
    assert (entry.actor, entry.actor_id, entry.origin) == ("ada", 7, "192.0.2.7")
    assert (entry.action, entry.thing, entry.key) == ("update", "monitors_page", str(page.pk))
    assert entry.label == "Acme Inc."
    assert (entry.before, entry.after) == ({"name": "Acme"}, {"name": "Acme Inc."})


def test_what_is_made_and_deleted_is_kept_as_it_was() -> None:
    page = make_page()
    with by_ada():
        contact = Contact.objects.create(page=page, name="Grace", phone="123")
        key = contact.pk
        contact.delete()
    made, deleted = AuditEntry.objects.filter(thing="incidents_contact", key=str(key)).order_by("id")
    assert made.before is None
    assert made.after["name"] == deleted.before["name"] == "Grace"
    assert "email" not in made.after
    assert deleted.after is None


def test_no_way_of_writing_goes_past_it() -> None:
    page = make_page()
    first, second = make_component(page), make_component(page)
    work = schedule(page, first)
    began = newest().pk
    with by_ada(), connection.cursor() as cursor:
        work.components.set([second])
        page.components.update(name_en="Checkout")
        Contact.objects.bulk_create([Contact(name="Grace"), Contact(name="Joan")])
        cursor.execute("UPDATE incidents_contact SET name = 'Nobody' WHERE name = 'Joan'")
        Contact.objects.all().delete()
    entries = AuditEntry.objects.filter(pk__gt=began).order_by("pk")
    assert list(entries.values_list("actor", "action", "thing")) == [
        ("ada", "delete", "incidents_maintenance_components"),
        ("ada", "insert", "incidents_maintenance_components"),
        *[("ada", "update", "monitors_component")] * 2,
        *[("ada", "insert", "incidents_contact")] * 2,
        ("ada", "update", "incidents_contact"),
        *[("ada", "delete", "incidents_contact")] * 2,
    ]


def test_a_save_that_changes_nothing_is_no_entry() -> None:
    page = make_page()
    before = AuditEntry.objects.count()
    page.save()
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("statement", ["UPDATE", "DELETE", "TRUNCATE", "REPLICA"])
def test_the_database_refuses_to_change_the_log(statement: str) -> None:
    make_page()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE statuspage_auditentry ENABLE ALWAYS TRIGGER append_only")
        said = {
            "UPDATE": "UPDATE statuspage_auditentry SET actor = 'nobody'",
            "DELETE": "DELETE FROM statuspage_auditentry",
            "TRUNCATE": "TRUNCATE statuspage_auditentry",
            "REPLICA": "SET LOCAL session_replication_role = replica; DELETE FROM statuspage_auditentry",
        }[statement]
        with pytest.raises(Error, match="never changed"), transaction.atomic():
            cursor.execute(said)
    assert AuditEntry.objects.exists()


def test_the_guard_is_on_where_nobody_turned_it_off() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER append_only ON statuspage_auditentry")
        audit_triggers.apply()
        cursor.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = 'append_only'")
        assert cursor.fetchone()[0] in ("A", b"A")


def test_secrets_and_subscribers_are_never_written_there() -> None:
    page = make_page()
    with by_ada():
        page.dead_man_url = "https://hc.example/tell-nobody"
        page.password = "hashed-tell-nobody"
        page.logo = b"tell-nobody"
        page.save()
        channel = TeamChannel.objects.create(
            name="Ops", service="slack", url="https://hooks.example/tell-nobody", secret="tell-nobody"
        )
        channel.url = "https://hooks.example/another-tell-nobody"
        channel.save()
        Contact.objects.create(name="Grace", credentials="the safe: tell-nobody")
        Suppression.objects.create(address="tell-nobody@example.com", reason="staff", created_at=NOW)
        subscriber = Subscriber.objects.create(
            page=page, channel="email", address="tell-nobody@example.com", created_at=NOW
        )
        subscriber.state = "paused"
        subscriber.contact = "tell-nobody@example.com"
        subscriber.save()
        subscriber.delete()
        User.objects.create_user("grace", password="tell-nobody at all")
        Invitation.objects.create(
            email="new@example.com", role="viewer", digest="tell-nobody", created_at=NOW, expires_at=NOW
        )
        Monitor.objects.create(
            page=page,
            name="API",
            kind="http",
            config={
                "url": "https://a.example/?region=eu&api_key=tell-nobody&Signature=tell-nobody#top",
                "auth_token": "tell-nobody",
            },
        )
    kept = [f"{entry.label} {entry.before} {entry.after}" for entry in AuditEntry.objects.all()]
    assert [each for each in kept if "tell-nobody" in each or "gAAAA" in each] == []
    assert newest(thing="monitors_page").after["dead_man_url"] == "•••"
    assert newest(thing="subscribers_subscriber", action="update").after["state"] == "paused"
    config = newest(thing="monitors_monitor").after["config"]
    assert config["auth_token"] == "•••"
    assert config["url"] == "https://a.example/?region=eu&api_key=•••&Signature=•••#top"


def test_visitors_leave_no_trace() -> None:
    page = make_page()
    before = AuditEntry.objects.count()
    subscriber = Subscriber.objects.create(
        page=page, channel="email", address="a@example.com", created_at=NOW
    )
    subscriber.state = "active"
    subscriber.save()
    subscriber.delete()
    # Mail came back.
    Suppression.objects.create(address="a@example.com", reason="bounced", created_at=NOW)
    assert AuditEntry.objects.count() == before
    with by_ada():
        Suppression.objects.create(address="b@example.com", reason="staff", created_at=NOW)
    assert newest().thing == "subscribers_suppression"


def test_what_machines_write_all_the_time_leaves_none_either() -> None:
    component = make_component()
    monitor = make_monitor([component])
    before = AuditEntry.objects.count()
    Monitor.objects.filter(pk=monitor.pk).update(due_at=NOW)
    Page.objects.filter(pk=component.page_id).update(touched_at=NOW, updated_at=NOW)
    target = Target.objects.create(page=component.page, name="Here", kind="directory", config={})
    Target.objects.filter(pk=target.pk).update(sequence=7, published_at=NOW, failures=1, error="Broken.")
    assert AuditEntry.objects.count() == before + 1


def test_nothing_is_left_on_the_connection_for_the_next_one() -> None:
    with by_ada():
        make_page()
    with connection.cursor() as cursor:
        # Inside a test's transaction it is still there, and yet nobody else's write carries it away.
        cursor.execute("SELECT set_config('statuspage.actor', '', true)")
    make_page()
    assert newest().actor == ""


@pytest.mark.django_db(transaction=True)
def test_an_actor_ends_with_the_transaction_on_a_connection_that_stays() -> None:
    def told() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting('statuspage.actor', true), '')")
            return str(cursor.fetchone()[0])

    audit_triggers.apply()
    with by_ada():
        page = make_page()
        assert told() == ""
        with transaction.atomic():
            make_component(page)
            assert told() == "ada"
        assert told() == ""
        with transaction.atomic():
            make_component(page)
            transaction.set_rollback(True)
        assert told() == ""
    assert newest(thing="monitors_page").actor == "ada"


def test_a_savepoint_that_is_undone_takes_no_name_away() -> None:
    with by_ada():
        with transaction.atomic():
            make_page()
            transaction.set_rollback(True)
        page = make_page()
    assert newest(thing="monitors_page", key=str(page.pk)).actor == "ada"


def test_a_command_is_an_actor_without_its_arguments() -> None:
    with commanding(["manage.py", "adopt", "--token=tell-nobody"]):
        make_page()
    entry = newest()
    assert entry.actor
    assert entry.origin == "manage.py adopt"


def test_a_request_is_its_users_and_a_sign_in_is_an_entry(client: Client) -> None:
    owner = make_staff("owner", "ada")
    client.force_login(owner)
    page = make_page()
    values = {"page": page.pk, "name_en": "Payments", "name_fr": "", "position": 0}
    answer = client.post("/admin/monitors/group/add/", values, REMOTE_ADDR="198.51.100.4")
    assert answer.status_code == 302
    entry = newest(thing="monitors_group")
    assert (entry.actor, entry.actor_id, entry.origin) == ("ada", owner.pk, "198.51.100.4")
    signed_in = newest(action="login")
    assert (signed_in.key, signed_in.label) == (str(owner.pk), "ada")


def test_what_the_admin_says_in_words_is_kept_without_addresses(client: Client) -> None:
    client.force_login(make_staff("owner", "ada"))
    client.post("/admin/subscribers/subscriber/export/?q=someone%40example.com")
    entry = newest(action="act")
    assert entry.actor == "ada"
    assert entry.thing == ""
    assert "Export" in entry.after["message"]
    assert "someone" not in entry.after["message"]


def test_triggers_that_are_as_they_should_be_are_not_touched() -> None:
    def made() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT oid FROM pg_trigger WHERE tgname = 'audit' ORDER BY oid")
            return cursor.fetchall()

    before = made()
    assert len(before) > 30
    audit_triggers.apply()
    assert made() == before
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit ON monitors_page")
        cursor.execute(
            "CREATE TRIGGER audit AFTER INSERT ON monitors_span EXECUTE FUNCTION statuspage_audit_stays()"
        )
    audit_triggers.apply()
    assert len(made()) == len(before)


def test_the_oldest_entries_are_forgotten_by_a_command_that_says_so() -> None:
    old = AuditEntry.objects.create(at=datetime(2020, 1, 1, tzinfo=UTC), actor="ada", action="insert")
    young = AuditEntry.objects.create(at=timezone.now(), actor="ada", action="insert")
    with commanding(["manage.py", "forget_audit"]):
        call_command("forget_audit", before="2021-01-01", stdout=io.StringIO())
    assert list(AuditEntry.objects.filter(actor="ada")) == [young]
    entry = newest(action="forget")
    assert entry.origin == "manage.py forget_audit"
    assert entry.after == {"before": "2021-01-01", "entries": 1}
    assert not AuditEntry.objects.filter(pk=old.pk).exists()
    # The guard is on again.
    with pytest.raises(Error, match="never changed"), transaction.atomic():
        AuditEntry.objects.all().delete()


@pytest.mark.parametrize("day", ["2999-01-01", "yesterday", "2020-13-01"])
def test_the_last_year_stays(day: str) -> None:
    with pytest.raises(CommandError):
        call_command("forget_audit", before=day)


def test_a_sign_in_that_failed_is_an_entry_without_what_was_typed() -> None:
    user = make_staff("owner", "ada")
    before = AuditEntry.objects.count()
    refused.note({"username": "somebody's password", "password": "x"}, NOW)
    assert AuditEntry.objects.count() == before
    refused.note({"email": "ADA@example.com", "password": "tell-nobody"}, NOW)
    entry = newest(action="login_failed")
    assert (entry.key, entry.label, entry.after) == (str(user.pk), "ada", None)


def test_what_staff_declare_of_a_component_is_kept_although_no_column_says_it(client: Client) -> None:
    page = make_page()
    component = make_component(page)
    client.force_login(make_staff("owner", "ada"))
    form = client.get(f"/admin/monitors/component/{component.pk}/change/").context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    typed = {name: value for name, value in shown.items() if value is not None and value is not False}
    typed["declared"] = "major_outage"
    feeds = {"feeds-TOTAL_FORMS": "0", "feeds-INITIAL_FORMS": "0"}
    sent = client.post(f"/admin/monitors/component/{component.pk}/change/", typed | feeds)
    assert sent.status_code == 302, sent.context["errors"]
    said = newest(action="act", thing="monitors_component", key=str(component.pk))
    assert (said.actor, said.after) == ("ada", {"message": "Declared: Operational → Major outage"})


def test_corrected_times_of_components_are_kept(client: Client) -> None:
    then = datetime(2026, 3, 1, 14, 0, tzinfo=UTC)
    component = make_component(make_page(), now=then)
    incident = open_incident(component.page, {component: Status.MAJOR_OUTAGE}, now=then)
    update_incident(incident, "resolved", now=then + timedelta(minutes=30))
    client.force_login(make_staff("communicator", "ada"))
    address = f"/admin/incidents/incident/{incident.pk}/times/"
    form = client.get(address).context["form"]
    typed = {name: form.initial[name] for name in ("title_en", "impact", "started_at", "resolved_at", "seen")}
    assert client.post(address, typed | {"started_at": "2026-03-01T14:10:00"}).status_code == 302
    said = newest(action="act", thing="incidents_incident", key=str(incident.pk)).after["message"]
    assert "Major outage 2026-03-01 14:00:00–2026-03-01 14:30:00 → " in said
    assert "Major outage 2026-03-01 14:10:00–2026-03-01 14:30:00" in said


def test_an_entry_is_told_in_words_and_in_the_zone_of_the_page() -> None:
    make_page(time_zone="Europe/Paris")
    at = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
    with by_ada():
        row, _new = Essentials.objects.get_or_create(pk=1)
        Essentials.objects.filter(pk=row.pk).update(since=at, by="ada")
    entry = newest(thing="monitors_essentials")
    assert audit_words.thing_of(entry.thing) == "degraded mode"
    told = {change.name: change.after for change in audit_words.changes_of([entry])[entry.pk]}
    assert told == {"Turned on by": "ada", "On since": "22 Nov 2026, 15:00"}
