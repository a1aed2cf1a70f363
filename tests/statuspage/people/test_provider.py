"""Single sign-on, against a provider that speaks OpenID Connect over real HTTP."""

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from statuspage.people import groups, holders, invitations
from statuspage.people.roles import Role
from tests.statuspage.people.conftest import PASSWORD, code, make_staff, with_app

pytestmark = pytest.mark.django_db
CLIENT, SECRET = "status-page", "a secret of the client, long enough to sign with"


class Provider:
    """What it says of whoever comes next."""

    def __init__(self, server: HTTPServer) -> None:
        self.issuer = server.url_for("").rstrip("/")
        self.claims: dict[str, Any] = {
            "sub": "grace-1",
            "email": "grace@example.com",
            "email_verified": True,
            "preferred_username": "grace",
            "given_name": "Grace",
            "family_name": "Hopper",
        }
        self.userinfo: dict[str, Any] | None = None
        self.token: dict[str, Any] = {}
        self.asked: list[Request] = []
        paths = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "userinfo_endpoint": "/userinfo",
            "jwks_uri": "/keys",
        }
        config = {"issuer": self.issuer, **{name: self.issuer + path for name, path in paths.items()}}
        server.expect_request("/.well-known/openid-configuration").respond_with_json(config)
        server.expect_request("/token", method="POST").respond_with_handler(self._token)
        server.expect_request("/userinfo").respond_with_handler(
            lambda _request: Response(
                json_of(self.claims if self.userinfo is None else self.userinfo), mimetype="application/json"
            )
        )

    def _token(self, request: Request) -> Response:
        self.asked.append(request)
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, **self.claims, **self.token}
        answer = {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": jwt.encode(said, SECRET, algorithm="HS256"),
        }
        return Response(json_of(answer), mimetype="application/json")


def json_of(value: Any) -> str:
    return json.dumps(value)


@pytest.fixture
def provider(httpserver: HTTPServer, settings: Any) -> Provider:
    made = Provider(httpserver)
    app = {
        "provider_id": settings.OIDC_ID,
        "name": "Example Login",
        "client_id": CLIENT,
        "secret": SECRET,
        "settings": {"server_url": made.issuer},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    settings.OIDC_ISSUER = made.issuer
    settings.PROBE_ALLOW = "127.0.0.1/32"
    return made


def go(client: Client, **change: str) -> Any:
    """To the provider, which sends back at once."""
    sent = client.post("/admin/account/oidc/?process=login")
    query = parse_qs(urlsplit(sent.context["onward"]).query)
    back = {"code": "one", "state": query["state"][0], **change}
    return client.get("/admin/account/oidc/back/", back)


def test_the_sign_in_offers_it(client: Client, provider: Provider) -> None:
    assert b"Sign in with Example Login" in client.get("/admin/login/").content


def test_without_a_provider_there_is_none(client: Client) -> None:
    assert b"account/oidc" not in client.get("/admin/login/").content
    assert client.post("/admin/account/oidc/").status_code == 404


def test_the_request_is_bound_to_this_browser(client: Client, provider: Provider) -> None:
    sent = client.post("/admin/account/oidc/?process=login")
    query = parse_qs(urlsplit(sent.context["onward"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == ["http://testserver/admin/account/oidc/back/"]
    make_staff("grace")
    # A link that somebody else made out of their own sign-in.
    back = {"code": "one", "state": query["state"][0]}
    assert Client().get("/admin/account/oidc/back/", back).status_code == 401
    assert client.get("/admin/account/oidc/back/", {"code": "one", "state": "made up"}).status_code == 401
    assert not SocialAccount.objects.exists()
    assert client.get("/admin/account/oidc/back/", back)["Location"] == "/admin/"
    assert "code_verifier" in provider.asked[-1].form


def test_getting_there_takes_a_button(client: Client, provider: Provider) -> None:
    assert client.get("/admin/account/oidc/").status_code == 200


class TestWhoComesIn:
    def test_an_account_of_that_address(self, client: Client, provider: Provider) -> None:
        grace = make_staff("grace", Role.COMMUNICATOR)
        assert go(client)["Location"] == "/admin/"
        assert client.get("/admin/").status_code == 200
        assert SocialAccount.objects.get().user == grace
        assert User.objects.count() == 1
        client.post("/admin/logout/")
        provider.claims["email"] = "renamed@example.com"
        assert go(client)["Location"] == "/admin/"
        assert User.objects.count() == 1

    def test_who_is_invited(self, client: Client, provider: Provider, ada: User) -> None:
        invitation, _secret = invitations.invite(
            "Grace@example.com", Role.OPERATOR, "fr", ada, timezone.now()
        )
        assert go(client)["Location"] == "/admin/"
        grace = User.objects.get(username="grace")
        assert holders.role_of(grace) is Role.OPERATOR
        assert not grace.has_usable_password()
        invitation.refresh_from_db()
        assert invitation.accepted_by == grace

    def test_a_domain_that_is_allowed(self, client: Client, provider: Provider, settings: Any) -> None:
        settings.OIDC_DOMAINS = ["Example.com"]
        provider.claims["preferred_username"] = "ADA"
        make_staff("ada")
        assert go(client)["Location"] == "/admin/"
        grace = User.objects.get(email="grace@example.com")
        assert holders.role_of(grace) is Role.VIEWER
        assert grace.username == "ADA-2"

    def test_groups_decide_the_role_at_each_sign_in(
        self, client: Client, provider: Provider, settings: Any
    ) -> None:
        make_staff("ada")
        settings.OIDC_ROLES = groups.parse("status-admins=owner, Support team=communicator")
        provider.claims["groups"] = ["Support team", "other", 7]
        assert go(client)["Location"] == "/admin/"
        grace = User.objects.get(username="grace")
        assert holders.role_of(grace) is Role.COMMUNICATOR
        provider.claims["groups"] = ["Support team", "status-admins"]
        go(Client())
        assert holders.role_of(User.objects.get(pk=grace.pk)) is Role.OWNER
        provider.claims["groups"] = ["other"]
        assert go(Client()).status_code == 403

    def test_groups_leave_the_last_owner_one(self, client: Client, provider: Provider, settings: Any) -> None:
        grace = make_staff("grace")
        settings.OIDC_ROLES = {"Support team": "communicator"}
        provider.claims["groups"] = "Support team"
        assert go(client)["Location"] == "/admin/"
        assert holders.role_of(grace) is Role.OWNER


class TestWhoDoesNot:
    def refused(self, client: Client) -> bool:
        before = User.objects.count()
        answer = go(client)
        shut = client.get("/admin/").status_code == 302
        return answer.status_code in (401, 403) and shut and User.objects.count() == before

    def test_a_stranger(self, client: Client, provider: Provider) -> None:
        assert self.refused(client)
        assert b"invite you" in go(client).content

    @pytest.mark.parametrize("verified", [False, None, "true", "false", 0])
    def test_an_address_that_the_provider_has_not_verified(
        self, client: Client, provider: Provider, verified: Any
    ) -> None:
        make_staff("grace")
        provider.claims["email_verified"] = verified
        assert self.refused(client)
        assert not SocialAccount.objects.exists()

    @pytest.mark.parametrize("email", [None, "", "nonsense", 7, ["grace@example.com"]])
    def test_somebody_without_an_address(self, client: Client, provider: Provider, email: Any) -> None:
        make_staff("grace")
        provider.claims["email"] = email
        assert self.refused(client)

    def test_a_domain_that_only_ends_alike(self, client: Client, provider: Provider, settings: Any) -> None:
        settings.OIDC_DOMAINS = ["example.com"]
        for email in ("grace@evil-example.com", "grace@example.com.evil.test", "grace@sub.example.com"):
            provider.claims["email"] = email
            assert self.refused(client)

    def test_an_address_with_a_taken_back_invitation(
        self, client: Client, provider: Provider, ada: User
    ) -> None:
        now = timezone.now()
        invitation, _secret = invitations.invite("grace@example.com", Role.OWNER, "en", ada, now)
        invitations.revoke(invitation, now)
        assert self.refused(client)

    def test_an_account_that_only_says_it_has_that_address(
        self, client: Client, provider: Provider, settings: Any
    ) -> None:
        mallory = make_staff("mallory", Role.VIEWER)
        inside = Client()
        inside.post("/admin/login/", {"login": "mallory", "password": PASSWORD})
        inside.post("/admin/account/email/", {"action_add": "", "email": "grace@example.com"})
        assert EmailAddress.objects.filter(user=mallory, email="grace@example.com", verified=False).exists()
        settings.OIDC_ROLES = groups.parse("status-admins=owner")
        provider.claims["groups"] = ["status-admins"]
        assert go(client)["Location"] == "/admin/"
        assert holders.role_of(User.objects.get(pk=mallory.pk)) is Role.VIEWER
        assert holders.role_of(User.objects.get(username="grace")) is Role.OWNER

    def test_an_account_that_is_no_longer_active(self, client: Client, provider: Provider) -> None:
        make_staff("grace")
        go(client)
        client.post("/admin/logout/")
        User.objects.update(is_active=False)
        assert go(client)["Location"] == "/admin/account/inactive/"
        assert client.get("/admin/").status_code == 302

    def test_claims_that_are_of_somebody_else(self, client: Client, provider: Provider) -> None:
        make_staff("grace")
        provider.userinfo = {**provider.claims, "sub": "mallory-1"}
        assert self.refused(client)

    @pytest.mark.parametrize(
        "token", [{"aud": "another client"}, {"iss": "https://evil.example"}, {"exp": 1}]
    )
    def test_a_token_that_is_not_for_us(
        self, client: Client, provider: Provider, token: dict[str, Any]
    ) -> None:
        make_staff("grace")
        provider.token = token
        assert self.refused(client)

    def test_who_cancelled(self, client: Client, provider: Provider) -> None:
        answer = go(client, error="access_denied")
        assert answer["Location"] == "/admin/account/oidc/cancelled/"
        assert client.get(answer["Location"]).status_code == 200


class TestSecondFactor:
    pytestmark = pytest.mark.usefixtures("required")

    def test_our_own_is_asked_for(self, client: Client, provider: Provider) -> None:
        with_app(make_staff("grace"))
        assert go(client)["Location"] == "/admin/account/factor/code/"
        client.post("/admin/account/factor/code/", {"code": code()})
        assert client.get("/admin/").status_code == 200

    def test_our_own_is_set_up(self, client: Client, provider: Provider) -> None:
        make_staff("grace")
        go(client)
        assert client.get("/admin/")["Location"] == "/admin/account/factor/"

    def test_the_providers_counts_where_it_is_trusted(
        self, client: Client, provider: Provider, settings: Any
    ) -> None:
        settings.OIDC_SECOND_FACTOR = "trusted"
        with_app(make_staff("grace"))
        assert go(client)["Location"] == "/admin/"
        assert client.get("/admin/").status_code == 200
        # A password is no provider.
        other = Client()
        other.post("/admin/login/", {"login": "grace", "password": "correct horse battery staple"})
        assert other.get("/admin/").status_code == 302
        Authenticator.objects.all().delete()


def test_the_way_back_survives(client: Client, provider: Provider) -> None:
    make_staff("grace")
    for wanted, found in (("/admin/account/", "/admin/account/"), ("https://evil.example/", "/admin/")):
        sent = client.post("/admin/account/oidc/?process=login", {"next": wanted})
        query = parse_qs(urlsplit(sent.context["onward"]).query)
        back = {"code": "one", "state": query["state"][0]}
        assert client.get("/admin/account/oidc/back/", back)["Location"] == found
        client.post("/admin/logout/")


def test_a_provider_that_does_not_answer_is_said_so(
    client: Client, provider: Provider, settings: Any
) -> None:
    settings.PROBE_ALLOW = ""
    answer = client.post("/admin/account/oidc/?process=login")
    assert answer.status_code == 401
    assert b"go on working here" in answer.content


@pytest.mark.parametrize("text", ["nonsense", "a=emperor", "=owner", "a=owner=b"])
def test_groups_that_cannot_be_understood_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="OIDC_ROLES"):
        groups.parse(text)
