"""Single sign-on: who comes from the provider, and whether they are staff here.

Only an address that the provider has verified counts. A first sign-in needs a reason: an account of that
address, an open invitation, or a domain that was allowed. Where groups hold roles (OIDC_ROLES), they alone
decide who comes in and in which role, anew at each sign-in.
"""

from contextlib import suppress
from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone, translation

from monitors.network.guard import Allow
from statuspage.people import addresses, groups, holders, invitations
from statuspage.people.roles import Role
from statuspage.people.wire import Session


class Providers(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """The one provider there may be."""

    def get_requests_session(self) -> Session:
        """Our own client: PROBE_ALLOW says which private networks are ours."""
        return Session(Allow.parse(settings.PROBE_ALLOW))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody comes this far: whoever is to be let in has an account by then."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Finds or makes the account; raises ImmediateHttpResponse with a page that says why not."""
        if sociallogin.state.get("process") != "login":
            _refuse(request, "")
        claims = _claims(request, sociallogin)
        role = groups.best(_groups(claims), settings.OIDC_ROLES)
        if settings.OIDC_ROLES and role is None:
            _refuse(request, claims["email"])
        with transaction.atomic():
            if not sociallogin.is_existing:
                sociallogin.connect(request, _account(request, claims, role))
            if role is not None:
                _follow(sociallogin.user, Role(role))


def _claims(request: HttpRequest, sociallogin: SocialLogin) -> dict[str, Any]:
    """What the provider says of the person, with an address that is theirs."""
    said = sociallogin.account.extra_data
    token, more = said.get("id_token") or {}, said.get("userinfo") or {}
    # OpenID Connect Core 5.3.2: claims of somebody else must not be taken for theirs.
    if not token.get("sub") or (more and more.get("sub") != token["sub"]):
        _refuse(request, "")
    claims = {**token, **more}
    email = claims.get("email")
    if not isinstance(email, str) or "@" not in email or claims.get("email_verified") is not True:
        _refuse(request, email if isinstance(email, str) else "")
    return {**claims, "email": email.strip().lower()}


def _groups(claims: dict[str, Any]) -> list[object]:
    found = claims.get(settings.OIDC_GROUPS_CLAIM, [])
    return found if isinstance(found, list) else [found]


def _open(claims: dict[str, Any]) -> Any:
    """The invitation that waits for the address, if any."""
    now = timezone.now()
    waiting = invitations.open_for(claims["email"], now).select_related("invited_by")
    return next((each for each in waiting if invitations.is_open(each, now)), None)


def _account(request: HttpRequest, claims: dict[str, Any], role: str | None) -> User:
    there = addresses.staff_at(claims["email"])
    if there:
        return _only(request, there, claims)
    about = {
        "username": _free_name(claims),
        "first_name": str(claims.get("given_name") or "")[:150],
        "last_name": str(claims.get("family_name") or "")[:150],
    }
    invitation = None if role else _open(claims)
    if invitation is not None:
        return invitations.accept(invitation, timezone.now(), password=None, **about)
    allowed = claims["email"].rpartition("@")[2] in {domain.lower() for domain in settings.OIDC_DOMAINS}
    if role is None and not allowed:
        _refuse(request, claims["email"])
    given = Role(role or settings.OIDC_DEFAULT_ROLE)
    language = translation.get_language() or settings.LANGUAGE_CODE
    return invitations.make(claims["email"], given, language, password=None, **about)


def _only(request: HttpRequest, there: list[User], claims: dict[str, Any]) -> User:
    if len(there) > 1:
        # Whose of them it is cannot be known.
        _refuse(request, claims["email"])
    return there[0]


def _free_name(claims: dict[str, Any]) -> str:
    """A name to go by that nobody has."""
    wanted = str(claims.get("preferred_username") or claims["email"])[:140]
    names = (wanted, *(f"{wanted}-{number}" for number in range(2, 1000)))
    return next(name for name in names if not User.objects.filter(username__iexact=name).exists())


def _follow(user: User, role: Role) -> None:
    """The provider's groups decide, but for the last Owner: somebody must be left who can give roles."""
    if holders.role_of(user) is not role:
        with suppress(holders.LastOwner):
            holders.give(user, role)


def _refuse(request: HttpRequest, email: str) -> NoReturn:
    raise ImmediateHttpResponse(render(request, "people/not_staff.html", {"email": email}, status=403))
