"""The dead man's switch: an address that is called once a release has reached every target of a page.

Whoever listens there notices when the calls stop. The address is a secret: it appears in no log, no
error and no message.
"""

import asyncio
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q
from django.utils.translation import gettext_noop

from monitors import outbound
from monitors.models import Access, Page
from monitors.network.guard import Allow
from monitors.reasons import OutboundError
from statuspage import told
from statuspage.models import Publishing

log = logging.getLogger(__name__)

APART = timedelta(seconds=10)
DEADLINE = 5.0
AT_ONCE = 50
REDIRECTS = 3
UNTOLD = gettext_noop("The dead man’s switch could not be told: %(reason)s")
REFUSED = gettext_noop("The dead man’s switch answered with status %(status)d.")


def due(now: datetime) -> list[Page]:
    """Pages with such an address whose newest release is at every enabled target, and was not told of.

    `newest` is that release. A page that nobody may read in public has no targets to wait for.
    """
    whole = Q(releases__generated_at__isnull=False)
    pages = Page.objects.exclude(dead_man_url="").annotate(newest=Max("releases__sequence", filter=whole))
    recent = Q(publishing__alive_at__gt=now - APART, publishing__alive_at__lte=now + APART)
    pages = pages.filter(~recent, newest__isnull=False).exclude(publishing__alive_sequence=F("newest"))
    found = list(pages[:AT_ONCE])
    return [page for page in found if _everywhere(page)] if found else []


def _everywhere(page: Page) -> bool:
    if page.access != Access.PUBLIC:
        return True
    newest = page.newest  # type: ignore[attr-defined]
    enabled = page.targets.filter(enabled=True).aggregate(
        all=Count("pk"), there=Count("pk", filter=Q(sequence=newest, alarm={}))
    )
    return bool(enabled["all"] == enabled["there"] > 0)


def call(now: datetime, allow: Allow) -> None:
    """Calls every address that is due, once. Only one process at a time may."""
    pages = due(now)
    if pages:
        said = asyncio.run(_call_all([page.dead_man_url for page in pages], allow))
        for page, error in zip(pages, said, strict=True):
            _keep(page, error, now)


async def _call_all(urls: Iterable[str], allow: Allow) -> list[told.Kept]:
    return await asyncio.gather(*(_call(url, allow) for url in urls))


async def _call(url: str, allow: Allow) -> told.Kept:
    """What was wrong; {} for nothing."""
    try:
        answer = await outbound.exchange("GET", url, deadline=DEADLINE, allow=allow, redirects=REDIRECTS)
    except OutboundError as error:
        return told.sentence(UNTOLD, reason=told.sentence(error.sentence))
    return {} if 200 <= answer.status < 300 else told.sentence(REFUSED, status=answer.status)


def _keep(page: Page, error: told.Kept, now: datetime) -> None:
    if error:
        log.warning("page %s: %s", page.pk, told.told(error, str))
    told_of = {} if error else {"alive_sequence": page.newest}  # type: ignore[attr-defined]
    values = {"alive_at": now, "alive_error": error, **told_of}
    Publishing.objects.update_or_create(page=page, defaults=values)
