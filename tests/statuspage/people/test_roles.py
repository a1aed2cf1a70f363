"""Roles: who may what, whoever migrates, and always an Owner."""

import itertools

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from statuspage.people.holders import LastOwner, give, owners, retire, role_of
from statuspage.people.roles import Role
from tests.people import make_staff

pytestmark = pytest.mark.django_db


def test_migrating_gives_each_role_its_permissions_again() -> None:
    viewers = Group.objects.get(name="Viewer")
    before = set(viewers.permissions.values_list("codename", flat=True))
    viewers.permissions.set(Permission.objects.filter(codename__in=["delete_user", "view_incident"]))
    Group.objects.get(name="Operator").delete()
    call_command("migrate", verbosity=0)
    assert set(viewers.permissions.values_list("codename", flat=True)) == before
    assert Group.objects.get(name="Operator").permissions.filter(codename="change_monitor").exists()


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("viewer", "incidents.view_incident monitors.view_monitor", "incidents.add_incident"),
        ("viewer", "subscribers.view_notice", "subscribers.view_subscriber incidents.view_report"),
        ("viewer", "statuspage.view_target", "statuspage.view_auditentry incidents.view_contact"),
        ("communicator", "incidents.add_incident incidents.add_maintenance", "monitors.change_monitor"),
        ("communicator", "incidents.view_report", "subscribers.view_subscriber incidents.view_teamchannel"),
        ("operator", "monitors.add_monitor incidents.add_incident", "auth.view_user monitors.change_page"),
        ("operator", "subscribers.view_subscriber", "subscribers.change_subscriber statuspage.change_target"),
        ("owner", "auth.change_user statuspage.view_auditentry", "statuspage.delete_auditentry"),
        ("owner", "subscribers.change_subscriber monitors.change_page", "auth.change_group"),
    ],
)
def test_a_role_may_what_it_is_for_and_no_more(role: str, may: str, may_not: str) -> None:
    user = make_staff(role)
    assert [each for each in may.split() if not user.has_perm(each)] == []
    assert [each for each in may_not.split() if user.has_perm(each)] == []


def test_each_role_may_what_those_below_it_may() -> None:
    held = [set(Group.objects.get(name=role.group).permissions.values_list("pk", flat=True)) for role in Role]
    for above, below in itertools.pairwise(held):
        assert below < above


def test_another_role_takes_the_powers_of_the_first_away() -> None:
    make_staff("owner")
    user = User.objects.create_superuser("ada", password="a long enough password")
    assert role_of(user) is Role.OWNER
    give(user, Role.COMMUNICATOR)
    user = User.objects.get(pk=user.pk)
    assert role_of(user) is Role.COMMUNICATOR
    assert not user.is_superuser
    assert not user.has_perm("auth.change_user")


def test_the_last_owner_stays() -> None:
    owner = make_staff("owner")
    with pytest.raises(LastOwner):
        give(owner, Role.VIEWER)
    with pytest.raises(LastOwner):
        retire(owner)
    other = make_staff("owner")
    retire(owner)
    assert list(owners()) == [other]


def test_an_owner_who_cannot_sign_in_does_not_count() -> None:
    owner, other = make_staff("owner"), make_staff("owner")
    retire(other)
    with pytest.raises(LastOwner):
        give(owner, Role.OPERATOR)
