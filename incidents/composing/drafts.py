"""What somebody is typing, kept as it stands: gone once it is posted or thrown away.

Nobody's draft is written over by somebody else, and none comes to life again after it was posted.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from incidents import step
from incidents.models import Draft, Incident, Maintenance, Template
from incidents.words import PostError
from monitors.models import Page

# Characters: all that the fields of a form can hold, and more.
LONGEST = 200_000
KEPT = timedelta(days=30)
# Whoever saved so recently is at it.
AT_IT = timedelta(minutes=15)
# The names of what a browser sends that is no part of the text.
_NOT_TYPED = ("csrfmiddlewaretoken", "use", "do")


@transaction.atomic
def save(
    page: Page,
    about: Incident | Maintenance | None,
    typed: QueryDict,
    *,
    kind: str,
    author: User,
    now: datetime,
) -> Draft:
    """Keep what was typed under its `update_id`; `about` is what it continues.

    Raises AlreadyPosted, and PostError for what cannot be kept.
    """
    # Postgres keeps no NUL in JSON.
    read = {name: [value.replace("\0", "") for value in values] for name, values in typed.lists()}
    fields = {name: values for name, values in read.items() if name not in _NOT_TYPED and "\0" not in name}
    if sum(len(name) + sum(map(len, values)) for name, values in fields.items()) > LONGEST:
        raise PostError("", _("This is too long to be kept as a draft."))
    # Nothing without an id, and never beside a post of the same: whoever comes second waits.
    update_id = step.once(typed.get("update_id", ""))
    start = {"page": page, "kind": kind, "author": author, "created_at": now, "saved_at": now} | _of(about)
    draft, new = Draft.objects.get_or_create(update_id=update_id, defaults=start | {"fields": fields})
    if not new:
        _write_over(draft, page, about, fields, author, now)
    Draft.objects.filter(page=page, proposed=False, saved_at__lt=now - KEPT).delete()
    return draft


def _write_over(
    draft: Draft,
    page: Page,
    about: Incident | Maintenance | None,
    fields: dict[str, list[str]],
    author: User,
    now: datetime,
) -> None:
    others = draft.author_id not in (None, author.pk) or draft.page_id != page.pk
    if others or any(getattr(draft, name) != value for name, value in _of(about).items()):
        raise PostError("", _("This is the draft of somebody else."))
    draft.fields, draft.author, draft.saved_at = fields, author, now
    draft.save(update_fields=["fields", "author", "saved_at"])


def _of(about: Incident | Maintenance | None) -> dict[str, Any]:
    return {
        "incident": about if isinstance(about, Incident) else None,
        "maintenance": about if isinstance(about, Maintenance) else None,
    }


def forget(update_id: str, author: User | None = None) -> int:
    """Throw a draft away, where an author is given only their own or a proposal. Returns how many."""
    drafts = Draft.objects.filter(update_id=update_id)
    if author is not None:
        drafts = drafts.filter(Q(author=author) | Q(author=None))
    return drafts.delete()[0]


def mine(
    author: User, about: Incident | Maintenance | None = None, page: Page | None = None
) -> QuerySet[Draft]:
    """Somebody's own drafts and what monitoring proposes, newest first.

    Of what continues `about`; without it of what begins something on `page`.
    """
    drafts = Draft.objects.filter(Q(author=author) | Q(author=None)).filter(**_of(about))
    return drafts if page is None else drafts.filter(page=page)


def others(author: User, about: Incident | Maintenance, now: datetime) -> list[Draft]:
    """Who else is writing about this just now, the latest first."""
    drafts = Draft.objects.filter(saved_at__gte=now - AT_IT, author__isnull=False).filter(**_of(about))
    return list(drafts.exclude(author=author).select_related("author"))


def typed(draft: Draft) -> QueryDict:
    """The fields as the browser sent them."""
    return as_query({**draft.fields, "update_id": [draft.update_id]})


def as_query(fields: Mapping[str, str | Iterable[str]]) -> QueryDict:
    """Fields by name as a browser would send them."""
    query = QueryDict(mutable=True)
    for name, value in fields.items():
        query.setlist(name, [value] if isinstance(value, str) else list(value))
    return query


def title(draft: Draft) -> str:
    """What to call it in a list: its title or the beginning of its text."""
    said = typed(draft)
    texts = (said.get(name, "").strip() for name in ("title_en", "title_fr", "body_en", "body_fr"))
    words = next((text for text in texts if text), "")
    return words if len(words) <= 80 else f"{words[:79]}…"


KIND_OF_MAINTENANCE = Template.Kind.MAINTENANCE.value
KIND_OF_INCIDENT = Template.Kind.INCIDENT.value
