"""The one address of an account. It is never empty because another one is on its way.

One that waits to be confirmed is nobody's yet: anybody can write down an address of somebody else.
"""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db.models import Q


def settle(user: User) -> None:
    """Takes the address that the account has as confirmed, unless it is somebody else's.

    Only an administrator writes one there without a confirmation (`createsuperuser`).
    """
    theirs = EmailAddress.objects.filter(user=user, verified=True).exists()
    taken = EmailAddress.objects.filter(email__iexact=user.email, verified=True).exclude(user=user).exists()
    if user.email and not theirs and not taken:
        wanted = {"verified": True, "primary": True}
        EmailAddress.objects.update_or_create(user=user, email=user.email.lower(), defaults=wanted)


def staff_at(email: str) -> list[User]:
    """The staff whose address it is: confirmed, or written by an administrator. Those retired, too."""
    said = EmailAddress.objects.filter(email__iexact=email)
    confirmed = said.filter(verified=True).values("user")
    waiting = said.filter(verified=False).values("user")
    theirs = Q(pk__in=confirmed) | Q(email__iexact=email) & ~Q(pk__in=waiting)
    return list(User.objects.filter(theirs, is_staff=True).order_by("pk"))
