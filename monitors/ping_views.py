"""Where jobs call: /ping/<id>, then nothing for success, /start, /fail or the exit code of a program.

No cookie, no session, no CSRF token: the address itself is the secret. What leads nowhere gets one answer
whatever is wrong with it.
"""

import logging
import re
from http import HTTPStatus
from uuid import UUID

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from monitors.heartbeats import EXCERPT, Answer, Signal, hear

logger = logging.getLogger(__name__)

CALL = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:/(start|fail|[0-9]{1,3}))?/?",
    re.IGNORECASE | re.ASCII,
)
MOST = 255
# Seconds after which a job may try again: curl --retry keeps to it.
SOON, LATER = 1, 10
NOWHERE = (
    "Not found. An address is /ping/<id>, and then nothing, /start, /fail or an exit code from 0 to 255.\n"
)
TOO_SOON = "Not counted: this job said something else within the last second. Try again.\n"
OUT = "Not counted: the database does not answer. Try again.\n"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def ping(request: HttpRequest, call: str) -> HttpResponse:
    """One call of a job, in plain text."""
    read = _read(call)
    if read is None:
        return _said(NOWHERE, HTTPStatus.NOT_FOUND)
    ping_id, signal, exit_code = read
    try:
        answer = hear(ping_id, signal, exit_code, _body(request), timezone.now())
    except Error as error:
        logger.error("A job's call was not taken: %s", type(error).__name__)
        return _said(OUT, HTTPStatus.SERVICE_UNAVAILABLE, LATER)
    if answer is Answer.UNKNOWN:
        return _said(NOWHERE, HTTPStatus.NOT_FOUND)
    if answer is Answer.TOO_SOON:
        return _said(TOO_SOON, HTTPStatus.TOO_MANY_REQUESTS, SOON)
    return _said("OK\n", HTTPStatus.OK)


def _read(call: str) -> tuple[UUID, Signal, int | None] | None:
    """Who calls, what is said, and with which exit code; None for what leads nowhere."""
    match = CALL.fullmatch(call)
    if match is None:
        return None
    ping_id, said = UUID(match[1]), (match[2] or "").lower()
    if not said.isdigit():
        return ping_id, Signal(said or "success"), None
    code = int(said)
    return (ping_id, Signal.FAIL if code else Signal.SUCCESS, code) if code <= MOST else None


def _body(request: HttpRequest) -> bytes:
    """The beginning of what a job sends along; the rest is not even read."""
    try:
        return request.read(EXCERPT)
    except OSError:
        # It broke off: what it says of itself is the less important part.
        return b""


def _said(text: str, status: HTTPStatus, retry_after: int = 0) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
    response["X-Robots-Tag"] = "noindex"
    if retry_after:
        response["Retry-After"] = str(retry_after)
    add_never_cache_headers(response)
    return response
