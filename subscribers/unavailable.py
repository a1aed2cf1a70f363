"""When the database fails while a stranger uses one of our forms: a page that keeps what they typed.

It needs no database. Sending it again is the same request, which counts once however often it arrives.
"""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

logger = logging.getLogger(__name__)

RETRY_AFTER = "10"  # seconds


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """A page with status 503 (RFC 9110 section 15.6.4): the same fields, and a button to try again."""
    logger.error("A form of strangers could not be served", exc_info=error)
    typed = [(name, value) for name, values in request.POST.lists() for value in values]
    response = render(request, "subscribe/unavailable.html", {"typed": typed}, status=503)
    response["Retry-After"] = RETRY_AFTER
    return response
