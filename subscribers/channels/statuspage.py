"""What a webhook is told in the format of Atlassian Statuspage: its envelope, key by key. Pure.

`meta`, `page` and then either `incident` (maintenances, too) or `component` with `component_update`:
receivers tell them apart by these keys.
"""

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from monitors.markdown import to_html
from monitors.status import Status
from subscribers import statuspage_values as values
from subscribers.background import Background, Changed, Part, Said
from subscribers.channels.base import Told
from subscribers.events import PINGS, REMINDER
from subscribers.fitting import LIMIT, encoded, shortened
from subscribers.overall import DESCRIPTIONS, Indicator
from subscribers.payload import NoticePayload, payload_from, text_in

FORMAT = "statuspage"
Json = dict[str, Any]
# Characters of each text and number of components that are told, until all of it fits.
_ROOMS = ((20_000, 1_000), (2_000, 50), (500, 20), (100, 5), (0, 0))
# Statuspage has no word for work that was called off: it is over.
_STATUSES = {"cancelled": "completed"}
_QUIET = Background(
    indicator="none",
    description="All Systems Operational",
    parts=[],
    said=[],
    created_at=None,
    monitoring_at=None,
    resolved_at=None,
)


def envelope(notice: Told, unsubscribe: str) -> Json:
    """The body of a request, smaller than 20 kB: what was said longest ago is left out first.

    Raises KeyError, TypeError or ValueError where the notice is not one.
    """
    payload = _ping(notice) if notice.event in PINGS else payload_from(notice.payload)
    for room in _ROOMS:
        whole = _whole(_Envelope(notice, payload, room), unsubscribe)
        said = whole.get("incident", {}).get("incident_updates", [])
        while len(said) > 1 and len(encoded(whole)) >= LIMIT:
            said.pop()
        if len(encoded(whole)) < LIMIT:
            break
    return whole


def _whole(told: "_Envelope", unsubscribe: str) -> Json:
    about = told.component() if told.payload.kind == "component" else {"incident": told.incident()}
    return {"meta": told.meta(unsubscribe), "page": told.page(), **about}


def _ping(notice: Told) -> NoticePayload:
    """Receivers know no third kind: the page itself as a component that stays as it is."""
    at, name = notice.created_at.isoformat(), {notice.default_language: notice.page_name}
    return NoticePayload(
        kind="component",
        public_id=notice.page_public_id,
        title=name,
        status=Status.OPERATIONAL.value,
        old_status=Status.OPERATIONAL.value,
        impact="none",
        body={},
        at=at,
        started_at=None,
        url=notice.page_url,
        update_id=notice.public_id,
        page={"id": notice.page_public_id, "name": notice.page_name, "url": notice.page_url},
        components=({"id": notice.page_public_id, "name": name, "status": Status.OPERATIONAL.value},),
        background=_QUIET,
    )


class _Envelope:
    """One notice in Statuspage's words, in the page's default language and time zone."""

    def __init__(self, notice: Told, payload: NoticePayload, room: tuple[int, int]) -> None:
        self.notice = notice
        self.payload = payload
        self.behind = payload.background or _supposed(notice, payload)
        self.characters, self.components = room

    def meta(self, unsubscribe: str) -> Json:
        return {
            "unsubscribe": unsubscribe,
            "documentation": f"{self.notice.page_url}/",
            "generated_at": values.timestamp(self.notice.created_at, self.notice.time_zone),
        }

    def page(self) -> Json:
        return {
            "id": self.notice.page_public_id,
            "status_indicator": self.behind["indicator"],
            "status_description": self.behind["description"],
        }

    def component(self) -> Json:
        payload = self.payload
        [part] = self.behind["parts"] or _parts(self.notice, payload)
        update = {
            "old_status": _status(payload.old_status or payload.status),
            "new_status": _status(payload.status),
            "created_at": self._time(payload.at),
            "component_type": "Component",
            "id": payload.update_id,
            "component_id": payload.public_id,
        }
        return {"component": self._part(part), "component_update": update}

    def incident(self) -> Json:
        payload, planned = self.payload, self.payload.scheduled_for is not None
        said = self.behind["said"]
        after, reminds = payload.status == "postmortem", self.notice.event == REMINDER
        return {
            "name": self._text(payload.title),
            "status": _STATUSES.get(payload.status, payload.status),
            "created_at": self._time(self.behind["created_at"] or payload.at),
            "updated_at": values.timestamp(self.notice.created_at, self.notice.time_zone),
            "monitoring_at": self._time(self.behind["monitoring_at"]),
            "resolved_at": self._time(self.behind["resolved_at"]),
            "impact": payload.impact,
            "shortlink": payload.url,
            "started_at": self._time(payload.started_at or self.behind["created_at"] or payload.at),
            "postmortem_ignored": False,
            "postmortem_body": self._body(said[0]) if after else None,
            "postmortem_body_last_updated_at": self._time(payload.at) if after else None,
            "postmortem_published_at": self._time(payload.at) if after else None,
            "postmortem_notified_subscribers": after,
            "postmortem_notified_twitter": False,
            "backfilled": False,
            "scheduled_for": self._time(payload.scheduled_for),
            "scheduled_until": self._time(payload.scheduled_until),
            "scheduled_remind_prior": reminds,
            "scheduled_reminded_at": self._time(payload.at) if reminds else None,
            "impact_override": None,
            "scheduled_auto_in_progress": planned,
            "scheduled_auto_completed": planned,
            "id": payload.public_id,
            "page_id": self.notice.page_public_id,
            "incident_updates": [self._update(each) for each in said],
            "components": [self._part(part) for part in self.behind["parts"][: self.components]],
        }

    def _update(self, said: Said) -> Json:
        return {
            "status": _STATUSES.get(said["status"], said["status"]),
            "body": self._body(said),
            "created_at": self._time(said["created_at"]),
            "wants_twitter_update": False,
            "twitter_updated_at": None,
            "updated_at": self._time(said["created_at"]),
            "display_at": self._time(said["at"]),
            "affected_components": [_change(each) for each in said["changes"][: self.components]] or None,
            "custom_tweet": None,
            "deliver_notifications": said["notified"],
            "id": said["id"],
            "incident_id": self.payload.public_id,
        }

    def _part(self, part: Part) -> Json:
        return {
            "status": _status(part["status"]),
            "name": part["name"],
            "created_at": self._time(part["created_at"]),
            "updated_at": self._time(part["updated_at"]),
            "position": part["position"],
            "description": part["description"] or None,
            "showcase": True,
            "id": part["id"],
            "page_id": self.notice.page_public_id,
            "group_id": part["group_id"],
        }

    def _body(self, said: Said) -> str:
        # Cut as it was written, so that no tag stays open.
        body = shortened(said["body"], self.characters)
        pinned = self._pinned() if said is self.behind["said"][0] else ""
        return f"{pinned}{to_html(body)}" if pinned else values.body(body)

    def _pinned(self) -> str:
        """Who is affected and what helps: this format has no field for either, so they stand first."""
        scope, workaround = (
            shortened(self._text(texts), self.characters)
            for texts in (self.payload.scope, self.payload.workaround)
        )
        with translation.override(self.notice.default_language):
            affected, advice = _("Who is affected:"), _("Workaround")
        said = format_html("<p><strong>{}</strong> {}</p>", affected, scope) if scope else ""
        if workaround:
            said += format_html("<p><strong>{}</strong></p>", advice) + to_html(workaround)
        return said

    def _time(self, at: str | None) -> str | None:
        moment = datetime.fromisoformat(at) if at else None
        return values.timestamp_or_null(moment, self.notice.time_zone)

    def _text(self, texts: dict[str, str]) -> str:
        return text_in(texts, self.notice.default_language)


def _supposed(notice: Told, payload: NoticePayload) -> Background:
    """What a notice that carries nothing else lets one know."""
    body = text_in(payload.body, notice.default_language)
    only = Said(
        id=payload.update_id,
        status=payload.status,
        body=body,
        created_at=payload.at,
        at=payload.at,
        notified=True,
        changes=[],
    )
    over = payload.status in ("resolved", "postmortem", "completed", "cancelled")
    quiet = over or payload.status == "scheduled" or payload.kind == "component"
    indicator = "none" if quiet else payload.impact
    return Background(
        indicator=indicator,
        description=DESCRIPTIONS[Indicator(indicator)],
        parts=_parts(notice, payload),
        said=[only],
        created_at=payload.started_at or payload.at,
        monitoring_at=payload.at if payload.status == "monitoring" else None,
        resolved_at=payload.at if over else None,
    )


def _parts(notice: Told, payload: NoticePayload) -> list[Part]:
    return [
        Part(
            id=each["id"],
            name=text_in(each["name"], notice.default_language),
            status=each["status"],
            created_at=payload.at,
            updated_at=payload.at,
            position=number,
            description="",
            group_id=None,
        )
        for number, each in enumerate(payload.components, 1)
    ]


def _change(changed: Changed) -> Json:
    return {
        "code": changed["id"],
        "name": changed["name"],
        "old_status": _status(changed["old_status"]),
        "new_status": _status(changed["new_status"]),
    }


def _status(status: str) -> str:
    return values.status(Status(status))
