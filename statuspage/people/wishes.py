"""How somebody wants the console: their language and their time zone."""

from django.contrib.auth.models import User

from statuspage.models import Person


def of(user: User) -> Person:
    """What they chose; a blank one, not saved, where they never did."""
    return Person.objects.filter(user=user).first() or Person(user=user)
