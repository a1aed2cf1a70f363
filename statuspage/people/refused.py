"""Sign-ins that failed, for the audit log: whose account was tried, and never what was typed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q

from statuspage.people import audit


def note(credentials: Mapping[str, Any], now: datetime) -> None:
    """Adds an entry, where there is such an account: strangers who make up names fill no log."""
    tried = str(credentials.get("username") or credentials.get("email") or "")
    user = User.objects.filter(Q(username=tried) | Q(email__iexact=tried)).first() if tried else None
    if user is not None:
        audit.note("login_failed", now, thing="auth_user", key=str(user.pk), label=user.get_username())
