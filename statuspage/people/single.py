"""The two ends of single sign-on: off to the provider, and back from it.

Whatever the provider answers that cannot be understood ends in a page that says so, never in an account.
"""

import logging

from allauth.socialaccount.providers.openid_connect import views as oidc
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from requests import RequestException  # noqa: TID251 (the exception alone)

log = logging.getLogger(__name__)
# What becomes of answers with parts missing, or of another kind than they should be.
STRANGE = (RequestException, KeyError, TypeError, ValueError, AttributeError)


@never_cache
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Asks for a button, and then leads on by a page of its own.

    Not by a redirect: our policy for forms would end it at the provider's door.
    """
    try:
        response: HttpResponse = oidc.login(request, provider_id)
    except STRANGE:
        return _failed(request)
    if response.status_code != 302:
        return response
    return render(request, "people/onward.html", {"onward": response["Location"]})


@never_cache
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """With a code that the provider changes into who it is."""
    try:
        response: HttpResponse = oidc.callback(request, provider_id)
    except Http404:
        raise
    except STRANGE:
        return _failed(request)
    return response


def _failed(request: HttpRequest) -> HttpResponse:
    log.warning("The provider of single sign-on could not be understood", exc_info=True)
    return render(request, "socialaccount/authentication_error.html", status=401)
