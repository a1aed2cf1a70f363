"""Who holds which role. There is always an Owner who can sign in."""

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Q, QuerySet

from statuspage.people.roles import Role


class LastOwner(Exception):
    """Nobody would be left who can give roles."""


def owners() -> QuerySet[User]:
    """Who can sign in and give roles; a superuser is an Owner whatever their groups."""
    holds = Q(is_superuser=True) | Q(groups__name=Role.OWNER.group)
    return User.objects.filter(holds, is_active=True, is_staff=True).distinct()


def role_of(user: User) -> Role | None:
    """The most powerful role somebody holds; None: none of ours."""
    if user.is_superuser:
        return Role.OWNER
    held = {group.name for group in user.groups.all()}
    return next((role for role in Role if role.group in held), None)


def give(user: User, role: Role) -> None:
    """Makes somebody staff in one role and no other. Raises LastOwner."""
    with transaction.atomic():
        if role is not Role.OWNER:
            keep_an_owner(user)
            user.is_superuser = False
        user.is_staff = True
        user.save(update_fields=["is_staff", "is_superuser"])
        for each in Role:
            group, _new = Group.objects.get_or_create(name=each.group)
            (user.groups.add if each is role else user.groups.remove)(group)


def retire(user: User) -> None:
    """Ends somebody's access, and keeps their name on what they did. Raises LastOwner."""
    with transaction.atomic():
        keep_an_owner(user)
        user.is_active = False
        user.save(update_fields=["is_active"])


def keep_an_owner(leaving: User) -> None:
    """Before somebody stops being one, in the same transaction. Raises LastOwner."""
    # Two Owners who end each other's role at once would leave none.
    Group.objects.select_for_update().get_or_create(name=Role.OWNER.group)
    if will_leave_none(leaving):
        raise LastOwner


def will_leave_none(leaving: User) -> bool:
    """Whether somebody is the last who can give roles."""
    found = set(owners().values_list("pk", flat=True))
    return found == {leaving.pk}
