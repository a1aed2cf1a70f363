"""Where a request to a public form comes from, as limits count it. For edges only: it reads the settings."""

from django.conf import settings
from django.http import HttpRequest

from subscribers import allowance


def network(request: HttpRequest) -> str:
    """The network of whoever asks, past our own proxies."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return allowance.network_of(request.META.get("REMOTE_ADDR", ""), forwarded, settings.TRUSTED_PROXIES)
