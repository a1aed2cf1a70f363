"""Who may sign in at all: active staff. Whoever is no longer staff has no session left, either."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import User


class Staff(AuthenticationBackend):  # type: ignore[misc]
    """Accounts that are no staff do not exist here."""

    def user_can_authenticate(self, user: User) -> bool:
        """Asked at the sign-in and again with every request."""
        return user.is_active and user.is_staff
