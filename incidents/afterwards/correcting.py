"""Corrects the text of an update after it was said: what stood there before is kept, readers see when.

Nobody is told unless that is asked for.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from incidents import standing, step, telling, undo, words
from incidents.events import derived
from incidents.models import Incident, Maintenance, Revision, Update
from incidents.words import PostError
from subscribers.events import EDITED


@transaction.atomic
def correct(
    update: Update,
    *,
    body_en: str,
    body_fr: str,
    seen: datetime | None,
    now: datetime,
    editor: User,
    notify: bool = False,
) -> Update:
    """Another text for an update; `seen` is its `edited_at` as the editor knew it.

    Raises PostError where it cannot be corrected, or says nothing else.
    """
    about, update = undo.locked(update)
    body = words.body(body_en, body_fr)
    _check(update, body, seen, now)
    Revision.objects.create(
        update=update,
        body_en=update.body_en,
        body_fr=update.body_fr,
        display_at=update.display_at,
        replaced_at=now,
        editor=editor,
    )
    update.body_en, update.body_fr = body.en, body.fr
    # Never earlier than the one before, whatever the clock does.
    update.edited_at = max(now, update.edited_at or now)
    update.save(update_fields=["body_en", "body_fr", "edited_at"])
    if notify:
        _tell(about, update, now)
    step.publish(about, now, tell=notify)
    return update


def _check(update: Update, body: words.Texts, seen: datetime | None, now: datetime) -> None:
    if update.withdrawn_at is not None:
        raise PostError("", _("This was undone already."))
    if undo.is_held(update, now):
        raise PostError("", _("Its notices still wait: undo it instead, and write it anew."))
    if update.edited_at != seen:
        raise PostError("", _("Somebody corrected this meanwhile. Look at their text before you save yours."))
    if (update.body_en, update.body_fr) == (body.en, body.fr):
        raise PostError("", _("Nothing was changed."))


def _tell(about: Incident | Maintenance, update: Update, now: datetime) -> None:
    components = standing.named(about.updates.all())
    if isinstance(about, Maintenance):
        components = list(about.components.all())
    declared = standing.declared(telling.source(about))
    edition = derived(update.public_id, f"{EDITED} {update.edited_at:%Y-%m-%dT%H:%M:%S.%f}")
    telling.tell(about, update, EDITED, components, declared, now, notice_id=edition)
