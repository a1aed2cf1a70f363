"""Whether the application can do its work: /readyz names what it cannot, and nothing that is secret.

/healthz (views.py) says that this process answers, and asks nothing else.
"""

import logging
from datetime import datetime, timedelta

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from monitors import metrics
from monitors.models import Region
from monitors.regions import HEARD_EVERY
from statuspage import broker
from statuspage.latest import Latest
from statuspage.published import shown

log = logging.getLogger(__name__)

KEPT = 1.0
# Within this some probe task has run, where monitors are probed more often.
PROBED = timedelta(seconds=60)
OK = "ok"


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 where everything works, 503 where something does not; `checks` says which and why."""
    found = _latest()
    ready = all(said == OK for said in found.values())
    response = JsonResponse({"ready": ready, "checks": found}, status=200 if ready else 503)
    response["Cache-Control"] = "no-store"
    return response


def look(now: datetime) -> dict[str, str]:
    """What is said of each part: `OK`, or why not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        behind = {"database": OK, "probing": _probing(now), "publishing": _publishing(now)}
    except Error as error:
        log.warning("The database does not answer: %s", type(error).__name__)
        behind = {"database": "It does not answer."}
    return {**behind, "broker": _broker()}


def _broker() -> str:
    try:
        broker.depths()
    except broker.BrokerGone as error:
        log.warning("The broker does not answer: %s", error)
        return "It does not answer."
    return OK


def _probing(now: datetime) -> str:
    wait = metrics.schedule(now).longest_wait
    if wait is None:
        return OK
    heard = Region.objects.filter(heard_at__isnull=False).order_by("-heard_at").first()
    if heard is None or heard.heard_at is None:
        return "No result of a check has come yet."
    # It is not noted every time.
    if now - heard.heard_at <= max(PROBED, wait) + HEARD_EVERY:
        return OK
    return f"No result of a check came for {int((now - heard.heard_at).total_seconds())} seconds."


def _publishing(now: datetime) -> str:
    stale = sorted({place.page for place in shown() if not place.is_good(now)})
    return f"What is published is out of date: {', '.join(stale)}." if stale else OK


_latest = Latest(lambda: look(timezone.now()), KEPT)
