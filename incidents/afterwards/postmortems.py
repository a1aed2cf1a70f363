"""What was learnt from an incident: written as a draft, reviewed, then published as its last update.

Whoever wrote it may publish it, a team can be one person; both names are kept, and shown to staff.
Whoever saves over somebody else's text is asked first; nothing of a draft is public.
"""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from incidents import post, words
from incidents.lifecycle import CLOSED, IncidentStatus
from incidents.models import Incident, Postmortem, Update
from incidents.words import PostError

State = Postmortem.State


@transaction.atomic
def save(
    incident: Incident,
    *,
    body_en: str,
    body_fr: str,
    seen: int,
    for_review: bool,
    now: datetime,
    author: User,
) -> Postmortem:
    """A draft, or what is to be reviewed; `seen` is the version that the author knew, 0 for none.

    Raises PostError.
    """
    held = _locked(incident)
    body = words.body(body_en, body_fr)
    found = Postmortem.objects.filter(incident=held).first()
    postmortem = found or Postmortem(incident=held, author=author, version=0)
    _check(postmortem, seen)
    postmortem.body_en, postmortem.body_fr = body.en, body.fr
    postmortem.state = State.REVIEW if for_review else State.DRAFT
    # Whoever changed it last is its author, and what was read before is not what is there now.
    postmortem.author, postmortem.reviewer = author, None
    postmortem.version += 1
    postmortem.changed_at = now
    postmortem.save()
    return postmortem


@transaction.atomic
def publish(
    incident: Incident, *, seen: int, notify: bool, hold: timedelta, now: datetime, reviewer: User
) -> Update:
    """The reviewed text as the incident's last update. Raises PostError."""
    held = _locked(incident)
    postmortem = Postmortem.objects.filter(incident=held).first()
    if postmortem is None or postmortem.state == State.DRAFT:
        raise PostError("", _("It has to be given to review first."))
    _check(postmortem, seen)
    if held.status not in CLOSED:
        raise PostError("", _("The incident goes on: resolve it first."))
    update = post.update_incident(
        held,
        status=IncidentStatus.POSTMORTEM,
        body_en=postmortem.body_en,
        body_fr=postmortem.body_fr,
        components={},
        now=now,
        author=postmortem.author or reviewer,
        notify=notify,
        hold=hold,
    )
    postmortem.state, postmortem.update, postmortem.reviewer = State.PUBLISHED, update, reviewer
    postmortem.version += 1
    postmortem.changed_at = now
    postmortem.save()
    return update


def _locked(incident: Incident) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",), no_key=True).select_related("page")
    return rows.get(pk=incident.pk)


def _check(postmortem: Postmortem, seen: int) -> None:
    if postmortem.state == State.PUBLISHED:
        raise PostError("", _("It is published: correct that update instead."))
    if postmortem.version != seen:
        raise PostError("", _("Somebody changed it meanwhile. Look at their text before you save yours."))
