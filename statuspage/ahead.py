"""What to do about what a target holds before anything there is overwritten.

Only what we published ourselves, or staff agreed to, is overwritten. What the emergency tool posted is
taken over first; a release that our database does not know waits for staff; all else is an alarm.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.db.models import Min
from django.utils.translation import gettext_noop

from statuspage import told
from statuspage.models import Release, Target
from statuspage.publish import State, claimed_by
from statuspage.publish.bundle import HEARTBEAT
from statuspage.signing import Role
from statuspage.snapshot import Keys
from statuspage.stored import contents, files_at

RESTORED = gettext_noop(
    "Release %(sequence)d is there, published by this installation, but this database does not know it: was "
    "it restored from a backup? Nothing is overwritten. Check it, then run: manage.py adopt %(name)s"
)
FORGED = gettext_noop(
    "Release %(sequence)d is there, and nobody we know signed it. Nothing is overwritten. Find out who "
    "writes to this target, then run: manage.py adopt %(name)s"
)


class Verdict(StrEnum):
    """What is there, as far as overwriting it goes."""

    OURS = "ours"
    # Staff agreed, or it was taken over: a release of ours must be newer than what was set aside then.
    AGREED = "agreed"
    EMERGENCY = "emergency"
    RESTORED = "restored"
    FORGED = "forged"


ALARMS = {Verdict.RESTORED: RESTORED, Verdict.FORGED: FORGED}


def judge(target: Target, found: State | None, newest: int, keys: Keys) -> Verdict:
    """What may become of what was `found` at a target, where `newest` is our last release."""
    # Another page's is left to the target itself, which refuses to publish over it.
    if found is None or found.page != target.page.public_id:
        return Verdict.OURS
    if found.release == target.agreed.get("release"):
        return Verdict.AGREED
    role = claimed_by(found, keys)
    if role is Role.EMERGENCY:
        return Verdict.EMERGENCY
    # It keeps everybody else off (`claim`), so that only staff can get it out of the way.
    if found.by == Role.EMERGENCY:
        return Verdict.FORGED
    # What we left there, or an older copy of it.
    if found.sequence <= target.sequence or (found.sequence <= newest and _known(target, found)):
        return Verdict.OURS
    return Verdict.RESTORED if role is Role.APPLICATION else Verdict.FORGED


def alarm(verdict: Verdict, target: Target, found: State | None) -> dict[str, Any]:
    """What staff are told of it; {} where nothing is wrong."""
    if found is None or verdict not in ALARMS:
        return {}
    return told.sentence(ALARMS[verdict], sequence=found.sequence, name=target.name)


def agreement(found: State, above: int) -> Mapping[str, Any]:
    """That exactly what was `found` may be overwritten by releases above a sequence."""
    return {"release": found.release, "above": above}


def _known(target: Target, found: State) -> bool:
    """Whether it is one of our releases, as far back as we remember them."""
    page_id = target.page_id
    made = Release.objects.filter(page_id=page_id, generated_at__isnull=False)
    oldest = made.aggregate(Min("sequence"))["sequence__min"]
    if oldest is None or found.sequence < oldest:
        # Forgotten: ours, unless we said already that it is not.
        return oldest is not None and not target.alarm
    beat = contents(files_at(page_id, found.sequence).filter(path=HEARTBEAT)).get(HEARTBEAT)
    return beat is not None and hashlib.sha256(beat).hexdigest() == found.release
