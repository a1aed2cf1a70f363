"""Tells the team what staff said in public, and what was taken back."""

from datetime import datetime

from django.utils.text import Truncator
from django.utils.translation import gettext_noop

from incidents import telling
from incidents.lifecycle import IncidentStatus, MaintenanceStatus
from incidents.models import INCIDENT_LABELS, MAINTENANCE_LABELS, Incident, Maintenance, Update
from incidents.team.outbox import tell
from incidents.team.said import Texts, both, said
from subscribers.channels.chat_card import Tone
from subscribers.channels.chat_text import lines

# Characters of an update that a message repeats.
LONGEST = 500
_POSTED = gettext_noop("%(status)s: %(title)s")
_BY = gettext_noop("Posted by %(who)s.")
_BY_ITSELF = gettext_noop("Posted by itself.")
_BY_MONITORING = gettext_noop("Posted by monitoring, by itself.")
_UNDONE = gettext_noop("Taken back: %(title)s")
_UNDONE_BY = gettext_noop("%(who)s took an update back before anybody was told.")


def posted(about: Incident | Maintenance, update: Update, now: datetime) -> None:
    """An update that is public now; what was entered afterwards is no news."""
    if isinstance(about, Incident) and about.backfilled:
        return
    title = both(_POSTED, status=_status(about), title=_title(about))
    who = _name(update)
    by = both(_BY, who=who) if who else both(_BY_MONITORING if update.monitoring else _BY_ITSELF)
    body = {"en": _plain(update.body_en), "fr": _plain(update.body_fr)}
    text = {language: f"{_either(body, language)}\n{by[language]}" for language in by}
    values = said(title, text, telling.address(about), _tone(about))
    tell("update.posted", f"posted:{update.public_id}", values, about.page, now)


def undone(about: Incident | Maintenance, update: Update, who: str, now: datetime) -> None:
    """An update that was withdrawn."""
    values = said(
        both(_UNDONE, title=_title(about)), both(_UNDONE_BY, who=who), telling.address(about), Tone.NONE
    )
    tell("update.withdrawn", f"undone:{update.public_id}", values, about.page, now)


def _title(about: Incident | Maintenance) -> Texts:
    return {"en": about.title_en, "fr": about.title_fr}


def _status(about: Incident | Maintenance) -> object:
    if isinstance(about, Incident):
        return INCIDENT_LABELS[IncidentStatus(about.status)]
    return MAINTENANCE_LABELS[MaintenanceStatus(about.status)]


def _tone(about: Incident | Maintenance) -> Tone:
    if isinstance(about, Maintenance):
        return Tone.PLANNED if about.completed_at is None else Tone.OVER
    return Tone(about.impact) if about.resolved_at is None else Tone.OVER


def _name(update: Update) -> str:
    return (update.author.get_full_name() or update.author.username) if update.author else ""


def _plain(body: str) -> str:
    text = "\n".join(line.text for line in lines(body) if line.text.strip())
    return str(Truncator(text).chars(LONGEST))


def _either(texts: Texts, language: str) -> str:
    return texts[language] or next(filter(None, texts.values()), "")
