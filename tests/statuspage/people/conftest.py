"""Staff with passwords, telephones and browsers of their own."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client

from statuspage.people import holders, roles
from statuspage.people.roles import Role

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXP"


def make_staff(name: str = "ada", role: Role = Role.OWNER, **values: Any) -> User:
    values = {"email": f"{name}@example.com", "password": PASSWORD, **values}
    user = User.objects.create_user(name, **values)
    holders.give(user, role)
    if not user.groups.get().permissions.exists():
        # A test before this one emptied the tables.
        roles.apply()
    return user


def with_app(user: User) -> Authenticator:
    """With an authenticator app, and recovery codes."""
    RecoveryCodes.activate(user)
    return TOTP.activate(user, SECRET).instance


def code(steps: int = 0, secret: str = SECRET) -> str:
    """What the app shows now, or some steps of 30 seconds from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def sign_in(client: Client, name: str = "ada", password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/admin/login/", {"login": name, "password": password}, **more)


def letters() -> list[mail.EmailMessage]:
    """The letters that were sent, those under way included."""
    for thread in threading.enumerate():
        if thread.name == "letter":
            thread.join()
    return mail.outbox


@pytest.fixture(autouse=True)
def _nothing_counted_before(db: None) -> Iterator[None]:
    """Nor is a letter left under way, which the next test would find among its own."""
    cache.clear()
    yield
    letters()


@pytest.fixture
def ada() -> User:
    return make_staff()


@pytest.fixture
def required(settings: Any) -> None:
    settings.SECOND_FACTOR = "required"
