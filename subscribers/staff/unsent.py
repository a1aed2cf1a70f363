"""A notice as senders get it that was never written down: for tests and previews."""

from datetime import datetime
from typing import Any

from monitors.ids import public_id
from monitors.models import Page
from subscribers.channels.base import Told


def unsent(
    page: Page, event: str, subject: str, payload: dict[str, Any], now: datetime, *, test: bool = False
) -> Told:
    """What would be told of a page; a `test` says so before anything else."""
    return Told(
        id=0,
        public_id=public_id(),
        event=event,
        subject=subject,
        payload=payload,
        created_at=now,
        page_public_id=page.public_id,
        page_name=page.name,
        page_url=page.url.rstrip("/"),
        time_zone=page.time_zone,
        languages=tuple(page.languages),
        page_sender=page.sender,
        default_language=page.default_language,
        test=test,
    )
