"""Staff for tests, one of each role: `make_staff("communicator")`."""

import itertools

from django.contrib.auth.models import User

from statuspage.people import roles
from statuspage.people.holders import give
from statuspage.people.roles import Role

_number = itertools.count(1)


def make_staff(role: str | None, name: str = "") -> User:
    """Somebody who can sign in with force_login; None: an account that is no staff."""
    # A test with real transactions leaves no groups behind.
    roles.apply()
    name = name or f"{role or 'nobody'}{next(_number)}"
    # Without a password, which takes its time to be hashed.
    user = User.objects.create_user(name, f"{name}@example.com")
    if role is not None:
        give(user, Role(role))
    return user
