"""Which sessions there are: written down at the sign-in, and again every few minutes of use."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.http import HttpRequest

from statuspage.people import devices

OFTEN = timedelta(minutes=5)
_AT = "people.seen"


def note(request: HttpRequest, now: datetime) -> None:
    """Brings the list of one's sessions up to date, unless that was done a moment ago."""
    last = request.session.get(_AT, 0)
    if not 0 <= now.timestamp() - last < OFTEN.total_seconds():
        request.session[_AT] = int(now.timestamp())
        UserSession.objects.create_from_request(request)


def of(user: User) -> list[UserSession]:
    """Those that still are, the last used first, each with its `device` in words."""
    living: list[UserSession] = UserSession.objects.purge_and_list(user)
    for session in living:
        session.device = devices.named(session.user_agent)
    return sorted(living, key=lambda session: session.last_seen_at, reverse=True)


def end(user: User, *, but: str = "", only: int | None = None) -> int:
    """Ends sessions of somebody: one by its number, or all but the one with the key `but`. How many."""
    ending = UserSession.objects.filter(user=user).exclude(session_key=but)
    ended = list(ending if only is None else ending.filter(pk=only))
    for session in ended:
        session.end()
    return len(ended)
