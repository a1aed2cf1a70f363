"""The audit log as it is read, and the entries that no change of a row makes.

Only triggers and `note` add entries; nothing changes one.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from statuspage.models import AuditEntry
from statuspage.people import acting

# The longest text that is looked for.
LONGEST = 200


def note(
    action: str,
    now: datetime,
    *,
    thing: str = "",
    key: str = "",
    label: str = "",
    said: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Adds an entry of what changed no row: an export, a sign-in that failed. `said` holds no secret."""
    actor = acting.current() or acting.Actor("")
    return AuditEntry.objects.create(
        at=now,
        actor=actor.name[:150],
        actor_id=actor.pk,
        origin=actor.origin[:100],
        action=action,
        thing=thing,
        key=key,
        label=label[:250],
        after=dict(said) if said else None,
    )


def found(entries: QuerySet[AuditEntry], sought: str) -> QuerySet[AuditEntry]:
    """Entries with each of these words in who, from where, which row, before or after."""
    entries = entries.alias(told_before=Cast("before", TextField()), told_after=Cast("after", TextField()))
    for word in sought[:LONGEST].split():
        anywhere = Q(actor__icontains=word) | Q(origin__icontains=word) | Q(label__icontains=word)
        # As JSON writes it.
        told = word.replace("\\", "\\\\").replace('"', '\\"')
        within = Q(told_before__icontains=told) | Q(told_after__icontains=told)
        entries = entries.filter(anywhere | within | Q(key=word))
    return entries
