"""The one address of an account. It is never empty because another one is on its way."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User


def settle(user: User) -> None:
    """Takes the address that the account has as confirmed, unless it is somebody else's.

    Only an administrator writes one there without a confirmation (`createsuperuser`).
    """
    theirs = EmailAddress.objects.filter(user=user, verified=True).exists()
    taken = EmailAddress.objects.filter(email__iexact=user.email, verified=True).exclude(user=user).exists()
    if user.email and not theirs and not taken:
        wanted = {"verified": True, "primary": True}
        EmailAddress.objects.update_or_create(user=user, email=user.email.lower(), defaults=wanted)
