"""What somebody was writing about something that was undone or merged meanwhile: kept as a draft.

It comes back where it can be posted: about what it was merged into, or to begin anew.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.http import QueryDict

from incidents.composing import drafts
from incidents.models import Draft, Incident, Maintenance
from incidents.words import PostError


def keep(about: Incident | Maintenance, typed: QueryDict, author: User, now: datetime) -> Draft | None:
    """The draft, of what is still there; None for what cannot be kept, or was posted before."""
    into = about.merged_into if isinstance(about, Incident) else None
    kept = typed.copy()
    # What its form had seen is of something else.
    kept.pop("seen", None)
    kind = str(about._meta.model_name)
    try:
        with transaction.atomic():
            # As long as it is about what is gone, a draft leads nowhere.
            drafts.forget(typed.get("update_id", ""), author)
            return drafts.save(about.page, into, kept, kind=kind, author=author, now=now)
    except PostError:
        return None
