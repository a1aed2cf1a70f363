"""What a message in a chat says, in one language and before any service's markup. Pure but for links.

First what readers wait for: the status, the promise of the next update, what they can do until then.
"""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from monitors.labels import STATUS_LABELS
from monitors.status import Status
from subscribers import links
from subscribers.channels.base import Means, Message, Told
from subscribers.channels.chat_text import Line, Run, lines, plain
from subscribers.events import HANDSHAKE, TEST
from subscribers.moments import moment, planned, zone_of
from subscribers.payload import NoticePayload, payload_from, text_in
from subscribers.words import OVER, status_of


class Tone(StrEnum):
    """How serious it is; a service shows it as a colour beside the words."""

    OVER = "over"
    PLANNED = "planned"
    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


MARKS = {
    Tone.OVER: "✅",
    Tone.PLANNED: "🔧",
    Tone.NONE: "⚪",
    Tone.MINOR: "🟡",
    Tone.MAJOR: "🟠",
    Tone.CRITICAL: "🔴",
}
COLOURS = {
    Tone.OVER: 0x1A7F4B,
    Tone.PLANNED: 0x1F5FBF,
    Tone.NONE: 0x6B6760,
    Tone.MINOR: 0xF9A825,
    Tone.MAJOR: 0xE65100,
    Tone.CRITICAL: 0xB3261E,
}


@dataclass(frozen=True, slots=True)
class Link:
    """An address and what is written on it."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Card:
    """A message: `first` is to be read before `body`, `links` lead further."""

    tone: Tone
    language: str
    page: str
    heading: str
    links: tuple[Link, ...]
    body: tuple[Line, ...]
    first: tuple[Line, ...] = ()
    components: tuple[tuple[str, str], ...] = ()
    at: str = ""

    @property
    def link(self) -> str:
        """Where the heading leads."""
        return self.links[0].href

    @property
    def summary(self) -> str:
        """The whole of it in a line, for notifications."""
        return f"[{self.page}] {self.heading}"

    @property
    def foot(self) -> str:
        """Who says it, and when that was."""
        return " · ".join(filter(None, (self.page, self.at)))

    def component_lines(self) -> list[Line]:
        """The components as a list."""
        return [Line((Run(name, bold=True), Run(f" – {said}")), "- ") for name, said in self.components]


def card(message: Message, means: Means) -> Card:
    """What a message says. Raises KeyError, TypeError or ValueError where the notice is not one."""
    notice, language = message.notice, message.language
    if notice.event == HANDSHAKE:
        # What somebody who asks speaks, not who asked before.
        language = str(notice.payload.get("language") or language)
    with translation.override(language):
        if notice.event == HANDSHAKE:
            said = _("There is nothing to do. If nobody here asked for this, the link below ends it.")
            return _ping(message, means, language, _("Updates of %(page)s will be posted here"), said)
        if notice.event == TEST:
            said = _("Messages arrive here. Nothing has happened.")
            return _ping(message, means, language, _("A test by %(page)s"), said)
        return _step(message, means, payload_from(notice.payload))


def _ping(message: Message, means: Means, language: str, heading: str, said: str) -> Card:
    """What says nothing but that it arrives."""
    page = plain(message.notice.page_name)
    return Card(
        tone=Tone.OVER,
        language=language,
        page=page,
        heading=heading % {"page": page},
        body=(_line(said),),
        links=(Link(_("Status page"), message.notice.page_url), _own(message, means)),
    )


def _step(message: Message, means: Means, payload: NoticePayload) -> Card:
    notice, language = message.notice, message.language
    zone = zone_of(message.time_zone, notice.time_zone)
    status = status_of(notice, payload)
    title = plain(text_in(payload.title, language))
    heading = _("%(status)s: %(title)s") % {"status": status, "title": title}
    return Card(
        tone=_tone(payload),
        language=language,
        page=plain(notice.page_name),
        heading=_("Test: %(subject)s") % {"subject": heading} if notice.test else heading,
        links=(Link(_("All updates"), links.details(notice, language)), _own(message, means)),
        body=tuple(lines(text_in(payload.body, language))),
        first=tuple(_first(notice, payload, language, zone)),
        components=tuple(_components(payload, language)),
        at=moment(payload.at, zone),
    )


def _tone(payload: NoticePayload) -> Tone:
    if payload.status in OVER:
        return Tone.OVER
    if payload.kind == "maintenance":
        return Tone.PLANNED
    return Tone(payload.impact) if payload.impact in set(Tone) else Tone.NONE


def _first(notice: Told, payload: NoticePayload, language: str, zone: ZoneInfo) -> list[Line]:
    said: list[str] = []
    if notice.test:
        said.append(_("This is a test: nothing of this has happened, and nobody else received it."))
    if payload.scheduled_for and payload.scheduled_until:
        said.append(planned(payload.scheduled_for, payload.scheduled_until, zone))
    if payload.edited_at:
        said.append(_("This corrects what we wrote on %(time)s.") % {"time": moment(payload.at, zone)})
    scope = workaround = ""
    if payload.status not in OVER:
        if payload.next_update_at:
            said.append(_("Next update before %(time)s.") % {"time": moment(payload.next_update_at, zone)})
        scope = plain(text_in(payload.scope, language))
        workaround = text_in(payload.workaround, language)
    told = [_line(each, bold=True) for each in said]
    if scope:
        told.append(Line((Run(_("Who is affected:"), bold=True), Run(f" {scope}"))))
    return [*told, *([_line(_("Workaround"), bold=True), *lines(workaround)] if workaround else ())]


def _components(payload: NoticePayload, language: str) -> list[tuple[str, str]]:
    return [
        (plain(text_in(each["name"], language)), str(STATUS_LABELS[Status(each["status"])]))
        for each in payload.components
    ]


def _own(message: Message, means: Means) -> Link:
    """Where they change what they hear; where there is no such page, where they leave."""
    reader = message.subscriber_public_id
    if means.manages:
        return Link(_("Change or unsubscribe"), means.manage(reader))
    return Link(_("Unsubscribe"), means.leave(reader))


def _line(text: str, *, bold: bool = False) -> Line:
    return Line((Run(text, bold=bold),))
