"""What is forgotten about signing in: sessions that are over, and counts that no longer count."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection


def forget(now: datetime) -> int:
    """Drops what is over. Returns how many sessions."""
    gone, _each = Session.objects.filter(expire_date__lte=now).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM statuspage_cache WHERE expires <= %s", [now])
    return gone
