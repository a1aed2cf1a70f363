"""Invitations by mail: whoever holds the secret of one becomes staff, once, before it is too old.

The database knows the secret's digest alone. A newer invitation of an address replaces the earlier ones, and
one falls with the right of whoever wrote it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db import transaction

from statuspage.models import Invitation, Person
from statuspage.people import addresses, holders
from statuspage.people.roles import Role

VALID = timedelta(days=7)


class Refused(Exception):
    """No invitation of that secret is open."""


class HasAccount(Exception):
    """The address belongs to somebody who can sign in already."""


def invite(email: str, role: Role, language: str, by: User, now: datetime) -> tuple[Invitation, str]:
    """A new invitation and its secret, which is known only here. Raises HasAccount."""
    address = email.strip().lower()
    if has_account(address):
        raise HasAccount
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        open_for(address, now).update(revoked_at=now)
        invitation = Invitation.objects.create(
            email=address,
            role=role,
            digest=_digest(secret),
            language=language,
            invited_by=by,
            created_at=now,
            expires_at=now + VALID,
        )
    return invitation, secret


def has_account(email: str) -> bool:
    """Whether somebody of that address can sign in."""
    return any(user.is_active for user in addresses.staff_at(email))


def open_for(email: str, now: datetime) -> Any:
    """Those of an address that could still be accepted."""
    return Invitation.objects.filter(
        email=email.lower(), accepted_at=None, revoked_at=None, expires_at__gt=now
    ).order_by("-id")


def find(secret: str, now: datetime) -> Invitation:
    """The open invitation of a secret. Raises Refused."""
    found = Invitation.objects.select_related("invited_by").filter(digest=_digest(secret)).first()
    if found is None or not is_open(found, now):
        raise Refused
    return found


def is_open(invitation: Invitation, now: datetime) -> bool:
    """Whether it can be accepted: not yet used, taken back or too old, and its writer may still write it."""
    used = invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= now
    return not used and may_give(invitation.invited_by, Role(invitation.role))


def may_give(by: User | None, role: Role) -> bool:
    """Whether somebody may make others staff in a role: never in one above their own."""
    if by is None or not by.is_active or not by.has_perm("statuspage.add_invitation"):
        return False
    own = holders.role_of(by)
    order = list(Role)
    return own is not None and order.index(own) <= order.index(role)


def accept(invitation: Invitation, now: datetime, *, password: str | None, **account: str) -> User:
    """Makes the account, in the role. `account`: username, first_name, last_name. Raises Refused.

    Without a password nobody signs in with one.
    """
    with transaction.atomic():
        # Of two at once, one waits here, and then finds it used.
        held = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if not is_open(held, now):
            raise Refused
        user = make(held.email, Role(held.role), held.language, password=password, **account)
        held.accepted_at, held.accepted_by = now, user
        held.save(update_fields=["accepted_at", "accepted_by"])
    return user


def make(email: str, role: Role, language: str, *, password: str | None, **account: str) -> User:
    """An account of staff whose address is known to be theirs."""
    with transaction.atomic():
        user = User.objects.create_user(email=email, password=password, **account)
        holders.give(user, role)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        Person.objects.create(user=user, language=language)
    return user


def revoke(invitation: Invitation, now: datetime) -> bool:
    """Takes one back; False: it was no longer open."""
    still = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
    return bool(still.update(revoked_at=now))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
