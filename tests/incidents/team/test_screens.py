"""The screens of what is prepared: team channels, checklists, contacts; secrets stay secret."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_httpserver import HTTPServer

from incidents import team
from incidents.models import Checklist, Contact, TeamChannel, TeamMessage
from incidents.team import both, said
from tests.incidents.make import open_incident
from tests.make import make_page

pytestmark = pytest.mark.django_db
ADD = reverse("admin:incidents_teamchannel_add")
SLACK = "https://hooks.slack.com/services/T0001/B0001/verysecretverysecret"


def one(name: str, pk: int) -> str:
    return reverse(f"admin:incidents_teamchannel_{name}", args=[pk])


def typed(**values: Any) -> dict[str, Any]:
    return {"name": "ops", "service": "slack", "language": "en", "enabled": "on", "typed": SLACK} | values


def test_an_address_is_kept_sealed_and_never_shown_whole(staff: Client) -> None:
    assert staff.post(ADD, typed()).status_code == 302
    channel = TeamChannel.objects.get()
    assert channel.url == SLACK

    screens = [
        one("change", channel.pk),
        reverse("admin:incidents_teamchannel_changelist"),
        one("history", channel.pk),
    ]
    for address in screens:
        assert "verysecret" not in staff.get(address).content.decode()
    assert "hooks.slack.com/…cret" in staff.get(screens[0]).content.decode()
    assert "verysecret" not in str(list(LogEntry.objects.values_list("change_message", "object_repr")))


def test_an_address_is_checked_by_its_service_and_what_was_typed_comes_back(staff: Client) -> None:
    answer = staff.post(ADD, typed(typed="https://evil.example/hook"))
    assert "This is not an incoming webhook of Slack" in answer.content.decode()
    answer = staff.post(ADD, typed(service="webhook", typed="http://10.0.0.1/hook"))
    assert "The address belongs to a private or reserved network." in answer.content.decode()
    assert "Type the address" in staff.post(ADD, typed(typed="")).content.decode()
    assert not TeamChannel.objects.exists()


def test_networks_of_the_operator_are_reached_as_monitors_reach_them(staff: Client, settings: Any) -> None:
    settings.PROBE_ALLOW = "10.0.0.0/8"
    assert staff.post(ADD, typed(service="webhook", typed="http://10.0.0.1/hook")).status_code == 302


def test_an_empty_address_keeps_the_one_there_is_unless_the_service_is_another(staff: Client) -> None:
    staff.post(ADD, typed())
    channel = TeamChannel.objects.get()
    assert staff.post(one("change", channel.pk), typed(name="night", typed="")).status_code == 302
    channel.refresh_from_db()
    assert (channel.name, channel.url) == ("night", SLACK)
    answer = staff.post(one("change", channel.pk), typed(service="discord", typed=""))
    assert "Type the address" in answer.content.decode()


def test_a_test_message_says_what_came_of_it(staff: Client, httpserver: HTTPServer, settings: Any) -> None:
    settings.PROBE_ALLOW = "127.0.0.0/8"
    httpserver.expect_ordered_request("/hook").respond_with_data("ok")
    httpserver.expect_ordered_request("/hook").respond_with_data("no", status=500)
    staff.post(ADD, typed(typed=httpserver.url_for("/hook")))
    channel = TeamChannel.objects.get()

    answer = staff.post(one("test", channel.pk), follow=True)
    assert "The test was sent to ops." in answer.content.decode()
    assert "Nothing has happened" in httpserver.log[0][0].get_data().decode()
    answer = staff.post(one("test", channel.pk), follow=True)
    assert "The test did not arrive at ops. HTTP 500" in answer.content.decode()
    channel.refresh_from_db()
    assert channel.failures == 1
    assert "is not reached" in staff.get(reverse("admin:index")).content.decode()
    assert staff.get(one("test", channel.pk)).status_code == 405


def test_the_secret_of_a_webhook_is_shown_on_request_and_can_be_replaced(staff: Client) -> None:
    staff.post(ADD, typed(service="webhook", typed="https://hooks.example.com/ops"))
    channel = TeamChannel.objects.get()
    assert channel.secret not in staff.get(one("change", channel.pk)).content.decode()
    assert channel.secret in staff.post(one("secret", channel.pk)).content.decode()
    staff.post(one("secret", channel.pk), {"new": "yes"})
    before = channel.secret
    channel.refresh_from_db()
    assert channel.secret != before
    staff.post(ADD, typed())
    assert staff.post(one("secret", TeamChannel.objects.get(service="slack").pk)).status_code == 403


def test_who_may_only_look_sees_no_form_and_sends_nothing(client: Client, staff: Client) -> None:
    staff.post(ADD, typed())
    channel = TeamChannel.objects.get()
    eve = User.objects.create_user("eve", is_staff=True)
    eve.user_permissions.add(Permission.objects.get(codename="view_teamchannel"))
    looker = Client()
    looker.force_login(eve)
    answer = looker.get(one("change", channel.pk))
    assert answer.status_code == 200
    assert "Send a test" not in answer.content.decode()
    assert looker.post(one("test", channel.pk)).status_code == 403
    assert looker.post(one("secret", channel.pk)).status_code == 403


def test_a_channel_that_is_turned_off_begins_with_news(staff: Client) -> None:
    staff.post(ADD, typed())
    channel = TeamChannel.objects.get()
    team.tell("test", "old", said(both("Open it"), both("Open it")), None, timezone.now())
    staff.post(one("change", channel.pk), {"name": "ops", "service": "slack", "language": "en", "typed": ""})
    assert TeamMessage.objects.get().given_up_at


def test_the_usual_checklists_can_be_read_before_they_are_needed(staff: Client) -> None:
    screen = reverse("admin:incidents_checklist_changelist")
    assert "Make the usual checklists" in staff.get(screen).content.decode()
    staff.post(reverse("admin:incidents_checklist_usual"))
    staff.post(reverse("admin:incidents_checklist_usual"))
    assert sorted(Checklist.objects.values_list("kind", flat=True)) == ["maintenance", "outage", "security"]
    assert "Make the usual checklists" not in staff.get(screen).content.decode()
    listed = Checklist.objects.get(kind="outage")
    assert staff.get(reverse("admin:incidents_checklist_change", args=[listed.pk])).status_code == 200
    # It would be made again: it is turned off instead.
    assert staff.post(reverse("admin:incidents_checklist_delete", args=[listed.pk])).status_code == 403


def test_a_contact_can_be_reached_and_called_with_one_tap(staff: Client) -> None:
    add = reverse("admin:incidents_contact_add")
    who = {"name": "Hosting", "position": "0", "tags": ""}
    assert "Say how to reach them" in staff.post(add, who).content.decode()
    assert staff.post(add, who | {"phone": "+33 1 23 45 67 89", "tags": "dns, tls"}).status_code == 302
    assert Contact.objects.get().tags == ["dns", "tls"]
    assert (
        'href="tel:+33123456789"' in staff.get(reverse("admin:incidents_contact_changelist")).content.decode()
    )


def test_the_board_and_the_list_show_what_is_to_be_done(staff: Client) -> None:
    incident = open_incident(make_page(), now=timezone.now())
    task = incident.tasks.all()[0]
    link = f"{reverse('admin:incidents_task_desk', args=['incident', incident.pk])}#task-{task.pk}"
    for screen in ("admin:index", "admin:incidents_task_changelist"):
        assert re.search(re.escape(link), staff.get(reverse(screen)).content.decode())
    answer = staff.get(reverse("admin:incidents_incident_change", args=[incident.pk])).content.decode()
    assert "Agree who leads the repair" in answer
