"""Invitations: one link, one account, one role, for a week."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from statuspage.models import Invitation, Person
from statuspage.people import holders, invitations
from statuspage.people.roles import Role
from tests.statuspage.people.conftest import PASSWORD, letters, make_staff

pytestmark = pytest.mark.django_db
ADD = "/admin/statuspage/invitation/add/"
CHOSEN = {"username": "grace", "first_name": "Grace", "last_name": "Hopper", "password": PASSWORD}


def invite(by: User, email: str = "grace@example.com", role: Role = Role.COMMUNICATOR) -> str:
    """The path of its link."""
    return f"/admin/invitation/{invitations.invite(email, role, 'fr', by, timezone.now())[1]}/"


def test_an_owner_invites_and_the_invited_person_comes_in(client: Client, ada: User, required: None) -> None:
    client.force_login(ada)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 0}]
    session["account_authentication_methods_user"] = str(ada.pk)
    session.save()
    answer = client.post(ADD, {"email": "Grace@Example.com", "role": "communicator", "language": "fr"})
    assert answer.status_code == 302
    (letter,) = letters()
    assert letter.to == ["grace@example.com"]
    link = re.search(r"http://testserver(/admin/invitation/[\w-]+/)", str(letter.body))
    assert link
    stranger = Client()
    assert b"grace@example.com" in stranger.get(link[1]).content
    assert not User.objects.filter(username="grace").exists()
    # With the account comes the second factor.
    assert stranger.post(link[1], CHOSEN)["Location"] == "/admin/"
    assert stranger.get("/admin/")["Location"] == "/admin/account/factor/"
    grace = User.objects.get(username="grace")
    assert holders.role_of(grace) is Role.COMMUNICATOR
    assert (grace.is_superuser, grace.email, grace.get_full_name()) == (False, letter.to[0], "Grace Hopper")
    assert EmailAddress.objects.get(user=grace).verified
    assert Person.objects.get(user=grace).language == "fr"


def test_the_database_does_not_know_the_secret(ada: User) -> None:
    path = invite(ada)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(i)::text FROM statuspage_invitation i")
        assert path.split("/")[-2] not in cursor.fetchone()[0]


def test_a_link_works_once(ada: User) -> None:
    path = invite(ada)
    assert Client().post(path, CHOSEN).status_code == 302
    for answer in (Client().get(path), Client().post(path, {**CHOSEN, "username": "eve"})):
        assert answer.status_code == 410
    assert User.objects.count() == 2


def test_looking_changes_nothing(ada: User) -> None:
    path = invite(ada)
    for method in ("get", "head"):
        assert getattr(Client(), method)(path).status_code == 200
    assert Client().post(path, CHOSEN).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_gets_an_account(ada: User) -> None:
    path, answers = invite(ada), []

    def accept(name: str) -> None:
        answers.append(Client().post(path, {**CHOSEN, "username": name}).status_code)
        connection.close()

    both = [threading.Thread(target=accept, args=(name,)) for name in ("grace", "eve")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(answers) == [302, 410]
    assert User.objects.count() == 2


class TestWhatOpensNothing:
    def refused(self, path: str) -> bool:
        answer = Client().get(path)
        assert b"grace" not in answer.content
        return answer.status_code == Client().post(path, CHOSEN).status_code == 410

    def test_too_old(self, ada: User) -> None:
        with time_machine.travel("2026-11-22T15:00:00Z", tick=False) as clock:
            path = invite(ada)
            clock.shift(timedelta(days=7, seconds=-1))
            assert Client().get(path).status_code == 200
            clock.shift(1)
            assert self.refused(path)

    def test_taken_back(self, client: Client, ada: User) -> None:
        path = invite(ada)
        client.force_login(ada)
        chosen = {"action": "take_back", "_selected_action": [Invitation.objects.get().pk]}
        client.post("/admin/statuspage/invitation/", chosen)
        assert self.refused(path)

    def test_replaced(self, client: Client, ada: User) -> None:
        path = invite(ada)
        client.force_login(ada)
        chosen = {"action": "send_again", "_selected_action": [Invitation.objects.get().pk]}
        client.post("/admin/statuspage/invitation/", chosen)
        assert self.refused(path)
        (letter,) = letters()
        newer = re.search(r"/admin/invitation/[\w-]+/", str(letter.body))
        assert newer
        assert Client().get(newer[0]).status_code == 200

    def test_written_by_somebody_who_may_no_longer(self, ada: User) -> None:
        bob = make_staff("bob")
        path, other = invite(bob), invite(bob, "edsger@example.com", Role.VIEWER)
        holders.give(bob, Role.COMMUNICATOR)
        assert self.refused(path)
        holders.give(bob, Role.OWNER)
        holders.retire(bob)
        assert self.refused(other)

    @pytest.mark.parametrize("secret", ["x", "A" * 43, "%00", "é" * 2000])
    def test_made_up(self, ada: User, secret: str) -> None:
        invite(ada)
        assert Client().get(f"/admin/invitation/{secret}/").status_code in (404, 410)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "ADA"}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": ""}, "username"),
        ({"password": "short"}, "password"),
        ({"password": "1qaz2wsx3edc"}, "password"),
        ({"username": "gracehopper1906", "password": "gracehopper1906"}, "password"),
    ],
)
def test_bad_input_is_named_and_the_invitation_stays(ada: User, change: dict[str, str], field: str) -> None:
    path = invite(ada)
    answer = Client().post(path, {**CHOSEN, **change})
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert b"Hopper" in answer.content
    assert Client().post(path, CHOSEN).status_code == 302


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.COMMUNICATOR, Role.VIEWER])
def test_only_owners_invite(client: Client, ada: User, role: Role) -> None:
    client.force_login(make_staff("bob", role))
    fields = {"email": "mallory@example.com", "role": "owner", "language": "en"}
    for path in (ADD, "/admin/statuspage/invitation/"):
        assert client.get(path).status_code == 403
        assert client.post(path, fields).status_code == 403
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "ada@example.com", "role": "viewer"},
        {"email": "ADA@EXAMPLE.COM", "role": "viewer"},
        {"email": "nonsense", "role": "viewer"},
        {"email": "a@localhost", "role": "viewer"},
        {"email": "grace@example.com\r\nBcc: eve@example.com", "role": "viewer"},
        {"email": "grace@example.com", "role": "emperor"},
        {"email": "grace@example.com", "role": ""},
    ],
)
def test_what_cannot_be_invited_is_refused(client: Client, ada: User, fields: dict[str, str]) -> None:
    client.force_login(ada)
    answer = client.post(ADD, {"language": "en", **fields})
    assert answer.status_code == 200
    assert answer.context["adminform"].errors
    assert not Invitation.objects.exists()


def test_where_the_mail_does_not_leave_the_link_is_shown(client: Client, ada: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "statuspage.people.post.Post"
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    client.force_login(ada)
    fields = {"email": "grace@example.com", "role": "viewer", "language": "en"}
    answer = client.post(ADD, fields, follow=True)
    link = re.search(r"http://testserver(/admin/invitation/[\w-]+/)", answer.content.decode())
    assert link
    assert Client().get(link[1]).status_code == 200


def test_the_list_says_what_became_of_each(client: Client, ada: User) -> None:
    for name in ("open", "used", "back", "old"):
        invite(ada, f"{name}@example.com")
    now = timezone.now()
    at = {"used": "accepted_at", "back": "revoked_at", "old": "expires_at"}
    for name, field in at.items():
        Invitation.objects.filter(email=f"{name}@example.com").update(**{field: now})
    client.force_login(ada)
    shown = client.get("/admin/statuspage/invitation/").content.decode()
    for word in (">open<", "accepted by", "taken back", "expired"):
        assert word in shown


def test_who_is_signed_in_is_not_made_somebody_else(client: Client, ada: User) -> None:
    path = invite(ada)
    client.force_login(ada)
    assert client.post(path, CHOSEN)["Location"] == "/admin/"
    assert User.objects.count() == 1
