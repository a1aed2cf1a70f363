"""That a component turned, as an event: the same words for webhooks and for `/events.json`. Pure."""

from dataclasses import dataclass
from datetime import datetime

from monitors.status import Status
from subscribers.payload import Affected, NoticePayload, PageName, Texts


@dataclass(frozen=True, slots=True)
class Turned:
    """A component of a page and what is said of it, from then on and before; `id` is that of the event."""

    id: str
    component_id: str
    slug: str
    name: Texts
    old_status: Status
    new_status: Status
    at: datetime


def told(turned: Turned, page: PageName) -> NoticePayload:
    """The words of the event. It has no text: nobody wrote one."""
    status = turned.new_status.value
    return NoticePayload(
        kind="component",
        public_id=turned.component_id,
        title=turned.name,
        status=status,
        old_status=turned.old_status.value,
        impact="none",
        body={},
        at=turned.at.isoformat(),
        started_at=None,
        url=f"{page['url']}/components/{turned.slug}/",
        update_id=turned.id,
        page=page,
        components=(Affected(id=turned.component_id, name=turned.name, status=status),),
    )
