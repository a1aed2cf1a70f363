"""The page behind the link of an invitation. Looking at it changes nothing: link scanners do."""

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from statuspage.models import Invitation
from statuspage.people import invitations
from statuspage.people.forms import AcceptForm


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """A form for who is invited; one answer for every link that opens nothing."""
    if request.user.is_authenticated:
        return redirect("admin:index")
    if limited := ratelimit.consume_or_429(request, action="signup"):
        return _kept_away(limited)
    now = timezone.now()
    try:
        invitation = invitations.find(secret, now)
        with translation.override(invitation.language):
            return _answer(request, invitation)
    except invitations.Refused:
        return render(request, "people/refused.html", status=410)


def _answer(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = AcceptForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        context = {
            "form": form,
            "invitation": invitation,
            "provider": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        }
        return render(request, "people/accept.html", context, status=400 if form.errors else 200)
    user = invitations.accept(invitation, timezone.now(), **form.cleaned_data)
    # The second factor, where one is required, is asked for next.
    login = Login(user=user, email=user.email)
    answer: HttpResponse = perform_password_login(request, {"username": user.username}, login)
    return answer


def _kept_away(response: object) -> HttpResponse:
    assert isinstance(response, HttpResponse)  # noqa: S101 (allauth carries no types)
    return response
