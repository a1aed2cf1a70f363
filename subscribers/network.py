"""Where a request to a public form comes from, as limits count it. For edges only: it reads the settings."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from subscribers import allowance


def network(request: HttpRequest) -> str:
    """The network of whoever asks, past our own proxies."""
    return network_in(request.META)


def network_in(environ: Mapping[str, Any]) -> str:
    """The same, from the environment of WSGI."""
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
    return allowance.network_of(environ.get("REMOTE_ADDR", ""), forwarded, settings.TRUSTED_PROXIES)
