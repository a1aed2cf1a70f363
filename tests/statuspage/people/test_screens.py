"""The screens of people and of the audit log: what they show, and what nobody gets by them."""

import csv
import io
import json
import threading
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.models import Contact
from statuspage.models import AuditEntry
from statuspage.people import roles
from statuspage.people.acting import Actor, acting
from statuspage.people.holders import LastOwner, give, owners, role_of
from statuspage.people.roles import Role
from tests.make import make_page
from tests.people import make_staff

LOG = "/admin/statuspage/auditentry/"


@pytest.fixture
def owner(client: Client) -> User:
    user = make_staff("owner", "ada")
    client.force_login(user)
    return user


def change(client: Client, user: User, **values: Any) -> Any:
    data = {"first_name": "", "last_name": "", "role": "viewer", "is_active": "on"} | values
    return client.post(
        f"/admin/auth/user/{user.pk}/change/",
        {name: value for name, value in data.items() if value is not None},
    )


@pytest.mark.django_db
def test_an_owner_gives_a_role_and_takes_it_away(client: Client, owner: User) -> None:
    user = make_staff("viewer", "grace")
    assert change(client, user, role="operator", first_name="Grace").status_code == 302
    user = User.objects.get(pk=user.pk)
    assert (role_of(user), user.first_name) == (Role.OPERATOR, "Grace")
    answer = change(client, user, role="operator", first_name="Grace", is_active=None)
    assert answer.status_code == 302
    user = User.objects.get(pk=user.pk)
    assert not user.is_active
    entry = AuditEntry.objects.filter(thing="auth_user", key=str(user.pk)).latest("id")
    assert (entry.actor, entry.after) == ("ada", {"is_active": False})


@pytest.mark.django_db
def test_nobody_is_made_a_superuser_by_what_they_send(client: Client, owner: User) -> None:
    user = make_staff("viewer", "grace")
    before = user.password
    sent = {"is_superuser": "on", "username": "root", "email": "x@example.com", "password": "another one 123"}
    change(client, user, role="communicator", user_permissions=["1"], groups=["1"], **sent)
    user = User.objects.get(pk=user.pk)
    assert (user.username, user.is_superuser, user.password) == ("grace", False, before)
    assert user.email == "grace@example.com"
    assert user.user_permissions.count() == 0
    assert [group.name for group in user.groups.all()] == ["Communicator"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values", [{"role": "viewer"}, {"role": "owner", "is_active": None}, {"role": "root"}]
)
def test_the_last_owner_is_told_to_find_another(client: Client, owner: User, values: Any) -> None:
    answer = change(client, owner, **values)
    assert answer.status_code == 200
    assert answer.context["errors"]
    owner.refresh_from_db()
    assert role_of(owner) is Role.OWNER
    assert owner.is_active


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["operator", "communicator", "viewer"])
def test_nobody_else_gives_a_role_even_to_themselves(client: Client, role: str) -> None:
    make_staff("owner")
    user = make_staff(role)
    client.force_login(user)
    assert client.get("/admin/auth/user/").status_code == 403
    assert change(client, user, role="owner").status_code == 403
    assert role_of(User.objects.get(pk=user.pk)) is Role(role)


@pytest.mark.django_db
def test_a_superuser_from_the_command_line_is_an_owner_until_another_role_is_given(
    client: Client, owner: User
) -> None:
    root = User.objects.create_superuser("root", password="a long enough password")
    assert "Owner" in client.get(f"/admin/auth/user/{root.pk}/change/").content.decode()
    change(client, root, role="viewer")
    root = User.objects.get(pk=root.pk)
    assert not root.is_superuser
    assert not root.has_perm("auth.view_user")


@pytest.mark.django_db
def test_screens_that_would_give_secrets_away_are_not_there(client: Client, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_superuser=True)
    gone = ("auth/group", "socialaccount/socialapp", "socialaccount/socialtoken", "mfa/authenticator")
    for place in (*gone, "usersessions/usersession", "account/emailaddress"):
        assert client.get(f"/admin/{place}/").status_code == 404, place
    assert client.get(f"/admin/auth/user/{owner.pk}/password/").status_code in (302, 404)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_end_each_others_role_at_once_leave_one() -> None:
    roles.apply()
    pair = [make_staff("owner", name) for name in ("ada", "grace")]
    both, refused = threading.Barrier(2), []

    def end(user: User) -> None:
        both.wait()
        try:
            give(user, Role.VIEWER)
        except LastOwner:
            refused.append(user)
        finally:
            connection.close()

    threads = [threading.Thread(target=end, args=(user,)) for user in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert list(owners()) == refused
    assert Group.objects.filter(name="Owner").exists()


def by(name: str) -> Any:
    return acting(lambda: Actor(name, None, "192.0.2.7"))


@pytest.fixture
def log(client: Client, owner: User) -> None:
    page = make_page(name="Acme")
    with by("grace"):
        contact = Contact.objects.create(page=page, name="=1+1", phone="+33 1 23", hours='Été à 5 % "oui"')
    with by("linus"):
        contact.phone = "+33 9 99-9"
        contact.save()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("q=grace", "grace", "linus"),
        ("q=9 99-9", "linus", "grace"),
        ('q="oui" été', "grace", "linus"),
        ("q=192.0.2.7 linus", "linus", "grace"),
        ("action=update", "linus", "grace"),
        ("thing=incidents_contact&action=insert", "grace", "linus"),
    ],
)
def test_the_log_is_searched_and_filtered(
    client: Client, log: None, query: str, shown: str, hidden: str
) -> None:
    text = client.get(f"{LOG}?{query}").content.decode()
    rows = text.partition('id="result_list"')[2]
    assert f">{shown}<" in rows
    assert f">{hidden}<" not in rows


@pytest.mark.django_db
def test_an_entry_shows_before_and_after_in_words(client: Client, log: None) -> None:
    entry = AuditEntry.objects.get(thing="incidents_contact", action="update")
    listed = client.get(LOG).content.decode()
    assert "+33 1 23 → +33 9 99-9" in listed
    made = client.get(f"{LOG}{AuditEntry.objects.get(thing='incidents_contact', action='insert').pk}/change/")
    # The page by its name, not by its number.
    assert "Acme" in made.content.decode()
    text = client.get(f"{LOG}{entry.pk}/change/").content.decode()
    assert "linus" in text
    assert "192.0.2.7" in text
    assert "+33 9 99-9" in text
    assert client.post(f"{LOG}{entry.pk}/change/", {"actor": "me"}).status_code == 405


@pytest.mark.django_db
def test_the_log_costs_the_same_queries_for_one_and_for_many(
    client: Client, log: None, django_assert_num_queries: Any
) -> None:
    client.get(LOG)
    with CaptureQueriesContext(connection) as few:
        client.get(LOG)
    for number in range(20):
        with by("grace"):
            Contact.objects.create(page=make_page(), name=f"Contact {number}")
    with django_assert_num_queries(len(few)):
        client.get(LOG)


@pytest.mark.django_db
def test_the_export_is_what_the_list_shows_and_no_formula(client: Client, log: None) -> None:
    def exported(kind: str, query: str = "?thing=incidents_contact") -> str:
        answer = client.post(f"{LOG}export/{query}", {"format": kind})
        assert answer.status_code == 200
        return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

    rows = list(csv.DictReader(io.StringIO(exported("csv").removeprefix("\ufeff"))))
    assert [row["actor"] for row in rows] == ["linus", "grace"]
    assert rows[1]["label"] == "'=1+1"
    assert json.loads(rows[0]["after"]) == {"phone": "+33 9 99-9"}
    told = json.loads(exported("json"))
    assert [each["label"] for each in told] == ["=1+1", "=1+1"]
    assert json.loads(exported("json", "?q=nothing-like-it")) == []
    entry = AuditEntry.objects.filter(action="export").earliest("id")
    assert (entry.actor, entry.after["format"]) == ("ada", "csv")
    assert client.get(f"{LOG}export/").status_code == 405
    assert client.post(f"{LOG}export/", {"format": "exe"}).status_code == 400
