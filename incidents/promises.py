"""Promised updates: staff are reminded before one is due, and told once it is late; each once per promise.

Which promise that was stands with the incident, so that a new promise is reminded of anew, and whoever
looks twice, or late, tells once.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext_noop

from incidents import team
from incidents.lifecycle import CLOSED
from incidents.models import Incident
from incidents.team import both, said
from incidents.team.links import desk
from incidents.team.said import Texts
from monitors.models import LANGUAGES
from subscribers.channels.chat_card import Tone
from subscribers.moments import moment, zone_of

# How long before a promise staff are reminded; of a shorter one when half of it is over.
REMIND = timedelta(minutes=5)


def tick(now: datetime) -> int:
    """Remind of what is due soon, and tell what is late. Returns how many promises that were."""
    promised = list(_promised(now + REMIND))
    late = sum(_overdue(incident, now) for incident in promised if _is_late(incident, now))
    return late + sum(_remind(incident, now) for incident in promised if _is_soon(incident, now))


def _promised(until: datetime) -> QuerySet[Incident]:
    """Open incidents whose promise falls due until then, and of which something was not told yet."""
    incidents = Incident.objects.exclude(status__in=CLOSED).filter(
        next_update_at__lte=until, withdrawn_at=None, merged_into=None
    )
    said = Q(reminded_for=F("next_update_at"), overdue_for=F("next_update_at"))
    return incidents.exclude(said).select_related("page")


def _is_late(incident: Incident, now: datetime) -> bool:
    at = incident.next_update_at
    return at is not None and at <= now and incident.overdue_for != at


def _is_soon(incident: Incident, now: datetime) -> bool:
    at = incident.next_update_at
    if at is None or now >= at or incident.reminded_for == at:
        return False
    return now >= max(at - REMIND, at - (at - incident.updated_at) / 2)


@transaction.atomic
def _remind(incident: Incident, now: datetime) -> bool:
    return _once(incident, "reminded_for") and _tell(
        incident,
        "promise.due",
        gettext_noop("An update is due: %(title)s"),
        gettext_noop("Readers were promised the next update by %(time)s."),
        Tone.MINOR,
        now,
    )


@transaction.atomic
def _overdue(incident: Incident, now: datetime) -> bool:
    return _once(incident, "overdue_for") and _tell(
        incident,
        "promise.overdue",
        gettext_noop("The promised update is overdue: %(title)s"),
        gettext_noop("Readers were promised it by %(time)s. Post what is known, even if it is nothing new."),
        Tone.MAJOR,
        now,
    )


def _once(incident: Incident, field: str) -> bool:
    """Whether this promise still stands and nobody told of it before us."""
    same: QuerySet[Incident] = Incident.objects.filter(
        pk=incident.pk, next_update_at=incident.next_update_at, withdrawn_at=None
    ).exclude(status__in=CLOSED)
    unsaid = same.exclude(**{field: F("next_update_at")})
    return bool(unsaid.update(**{field: incident.next_update_at}))


def _tell(incident: Incident, event: str, title: str, text: str, tone: Tone, now: datetime) -> bool:
    promised = incident.next_update_at
    assert promised is not None  # noqa: S101 (only what is promised gets here)
    name = {"en": incident.title_en, "fr": incident.title_fr}
    values = said(both(title, title=name), both(text, time=_when(incident, promised)), desk(incident), tone)
    key = f"{event}:{incident.public_id}:{promised.isoformat()}"
    team.tell(event, key, values, incident.page, now)
    return True


def _when(incident: Incident, at: datetime) -> Texts:
    zone, texts = zone_of("", incident.page.time_zone), {}
    for language, _name in LANGUAGES:
        with translation.override(language):
            texts[language] = moment(at.isoformat(), zone)
    return texts
