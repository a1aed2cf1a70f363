"""What an incident or a maintenance gives to say on social networks, in each language of its page."""

from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from incidents import telling
from incidents.checklists import texts
from incidents.checklists.texts import LONG, SHORT, Parts
from incidents.lifecycle import CLOSED
from incidents.models import Incident, Maintenance
from subscribers.channels.chat_text import lines
from subscribers.moments import moment, planned, zone_of


@dataclass(frozen=True, slots=True)
class Ready:
    """One text to copy; `used` of `limit` characters."""

    language: str
    text: str
    used: int
    limit: int


def ready(about: Incident | Maintenance) -> list[Ready]:
    """Short and long, of the newest update, in every language of the page."""
    made = []
    for language in about.page.languages:
        with translation.override(language):
            parts = _parts(about, language)
        for limit in (SHORT, LONG):
            text = texts.ready(parts, limit)
            made.append(Ready(language, text, texts.counted(text, parts.link), limit))
    return made


def _parts(about: Incident | Maintenance, language: str) -> Parts:
    update = about.updates.order_by("-display_at", "-id").first()
    body = _either(update.body_en, update.body_fr, language) if update else ""
    said = {
        "page": about.page.name,
        "status": about.get_status_display(),
        "title": _either(about.title_en, about.title_fr, language),
    }
    return Parts(
        head=_("%(page)s – %(status)s: %(title)s") % said,
        body=" ".join(line.text.strip() for line in lines(body) if line.text.strip()),
        more=_more(about),
        link=_link(about, language),
    )


def _more(about: Incident | Maintenance) -> str:
    zone = zone_of("", about.page.time_zone)
    if isinstance(about, Maintenance):
        return planned(about.scheduled_for.isoformat(), about.scheduled_until.isoformat(), zone)
    if about.next_update_at is None or about.status in CLOSED:
        return ""
    return _("Next update before %(time)s.") % {"time": moment(about.next_update_at.isoformat(), zone)}


def _link(about: Incident | Maintenance, language: str) -> str:
    """Without a prefix in the page's own language."""
    page, address = about.page, telling.address(about)
    base = page.url.rstrip("/")
    return address if language == page.default_language else f"{base}/{language}{address.removeprefix(base)}"


def _either(en: str, fr: str, language: str) -> str:
    return (fr or en) if language == "fr" else (en or fr)
