"""The second factor: nothing of the console without it, no code twice, no secret in plain text."""

import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from monitors.models import Access
from statuspage.people import codes
from statuspage.shelf import Shelf, State
from tests.make import make_page
from tests.statuspage.people.conftest import SECRET, code, make_staff, sign_in, with_app

pytestmark = pytest.mark.django_db
CODE = "/admin/account/factor/code/"


def test_an_account_with_a_second_factor_needs_it(client: Client, ada: User) -> None:
    with_app(ada)
    answer = client.post("/admin/login/", {"login": "ada", "password": "correct horse battery staple"})
    assert answer["Location"] == CODE
    assert client.get("/admin/").status_code == 302
    assert client.post(CODE, {"code": "000000"}).status_code == 200
    assert client.get("/admin/").status_code == 302
    assert client.post(CODE, {"code": code()})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_the_way_back_survives_the_second_factor(client: Client, ada: User) -> None:
    with_app(ada)
    fields = {"login": "ada", "password": "correct horse battery staple", "next": "/admin/account/"}
    client.post("/admin/login/", fields)
    assert client.post(CODE, {"code": code()})["Location"] == "/admin/account/"


def test_a_code_counts_once(ada: User) -> None:
    with_app(ada)
    shown = code()
    for status in (302, 200):
        client = Client()
        sign_in(client)
        assert client.post(CODE, {"code": shown}).status_code == status


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_counts_once_for_as_long_as_it_could(ada: User, steps: int) -> None:
    with_app(ada)
    with time_machine.travel("2026-11-22T15:00:10Z", tick=False) as clock:
        shown = code(steps)
        assert codes.spend(ada, shown)
        for _half_minute in range(6):
            clock.shift(15)
            assert codes.spend(ada, shown) is None


def test_no_code_before_the_last_one_counts(ada: User) -> None:
    with_app(ada)
    assert codes.spend(ada, code(1))
    assert codes.spend(ada, code(0)) is None
    assert codes.spend(ada, code(-1)) is None


@pytest.mark.parametrize(
    "typed", ["", "x", "12345", "1234567", "１２３４５６", "-1", "000000000000000000000000"]
)
def test_what_is_no_code_is_refused(ada: User, typed: str) -> None:
    with_app(ada)
    assert codes.spend(ada, typed) is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_come_with_the_same_code_at_once_one_comes_in(ada: User) -> None:
    with_app(ada)
    shown, taken = code(), []

    def come() -> None:
        taken.append(codes.spend(ada, shown))
        connection.close()

    both = [threading.Thread(target=come) for _each in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sum(found is not None for found in taken) == 1


def test_a_recovery_code_opens_once(ada: User) -> None:
    with_app(ada)
    kept = RecoveryCodes.activate(ada).get_unused_codes()[0]
    for status in (302, 200):
        client = Client()
        sign_in(client)
        assert client.post(CODE, {"code": kept}).status_code == status


def test_a_code_of_somebody_else_opens_nothing(client: Client, ada: User) -> None:
    with_app(make_staff("bob"))
    with_app(ada)
    Authenticator.objects.filter(user=ada, type="totp").update(
        data={"secret": codes.SecondFactors().encrypt("KRSXG5CTMVRXEZLU")}
    )
    sign_in(client)
    assert client.post(CODE, {"code": code()}).status_code == 200


def test_secrets_are_encrypted(ada: User) -> None:
    with_app(ada)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        kept = " ".join(row[0] for row in cursor.fetchall())
    assert SECRET not in kept
    assert kept.count("gAAAA") == 2


class TestRequired:
    """SECOND_FACTOR=required."""

    pytestmark = pytest.mark.usefixtures("required")

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", "/admin/"),
            ("get", "/admin/incidents/incident/add/"),
            ("post", "/admin/incidents/incident/add/"),
            ("get", "/admin/account/"),
            ("get", "/admin/account/email/"),
            ("post", "/admin/account/email/"),
            ("post", "/admin/password_change/"),
            ("get", "/admin/nonsense/"),
            ("get", "/admin/jsi18n/"),
        ],
    )
    def test_nothing_opens_before_one_is_set_up(
        self, client: Client, ada: User, method: str, path: str
    ) -> None:
        sign_in(client)
        assert getattr(client, method)(path)["Location"] == "/admin/account/factor/"

    def test_a_session_from_before_it_was_required_opens_nothing(self, client: Client, ada: User) -> None:
        client.force_login(ada)
        assert client.get("/admin/")["Location"] == "/admin/account/factor/"
        with_app(ada)
        assert client.get("/admin/")["Location"] == "/admin/account/factor/again/?next=%2Fadmin%2F"
        # Nor does it add a factor of its own beside the one that there is.
        assert "again" in client.get("/admin/account/factor/passkeys/add/")["Location"]
        assert (
            client.post("/admin/account/factor/again/?next=/admin/", {"code": code()})["Location"]
            == "/admin/"
        )
        assert client.get("/admin/").status_code == 200

    def test_a_page_for_staff_stays_closed_to_half_a_sign_in(
        self, client: Client, ada: User, tmp_path: Path
    ) -> None:
        page = make_page(access=Access.STAFF)
        shelf = Shelf(tmp_path, State(page.public_id, page.domain, 0, page.private), [])
        shelf.update(State(page.public_id, page.domain, 7, page.private), {"index.html": b"Inside"}, [])
        sign_in(client)
        there: dict[str, Any] = {"statuspage.shelf": shelf}
        assert client.get("/", **there).status_code == 302
        with_app(ada)
        client.post("/admin/logout/")
        sign_in(client)
        assert client.get("/", **there).status_code == 302
        client.post(CODE, {"code": code()})
        assert client.get("/", **there).content == b"Inside"

    def test_setting_up_an_app_opens_the_console(self, client: Client, ada: User) -> None:
        sign_in(client)
        shown = client.get("/admin/account/factor/")
        assert b"Before you go on" in shown.content
        # Nothing is offered that would only lead back here.
        assert b'class="places"' not in shown.content
        secret = client.get("/admin/account/factor/app/add/").context["form"].secret
        wrong = client.post("/admin/account/factor/app/add/", {"code": "000000"})
        assert wrong.status_code == 200
        typed = code(secret=secret)
        answer = client.post("/admin/account/factor/app/add/", {"code": typed})
        assert answer["Location"] == "/admin/account/factor/codes/"
        assert len(client.get(answer["Location"]).context["unused_codes"]) == 10
        assert client.get("/admin/").status_code == 200
        # The code of the setting up is used.
        assert codes.spend(ada, typed) is None

    def test_the_last_one_cannot_be_removed(self, client: Client, ada: User) -> None:
        with_app(ada)
        sign_in(client)
        client.post(CODE, {"code": code()})
        answer = client.post("/admin/account/factor/app/remove/")
        assert b"only second factor" in answer.content
        assert Authenticator.objects.filter(user=ada, type="totp").exists()

    def test_the_public_forms_know_no_session(self, client: Client, ada: User) -> None:
        sign_in(client)
        page = make_page()
        assert client.get(f"/subscribe/{page.public_id}/").status_code == 200
        assert client.get("/healthz").status_code == 200


def test_keys_to_the_account_are_changed_only_by_who_signed_in_lately(client: Client, ada: User) -> None:
    with_app(ada)
    with time_machine.travel("2026-11-22T15:00:00Z", tick=False) as clock:
        sign_in(client)
        client.post(CODE, {"code": code()})
        assert client.get("/admin/account/factor/codes/").status_code == 200
        clock.shift(11 * 60)
        for path in ("codes/", "codes/new/", "codes/file/", "app/remove/", "passkeys/add/"):
            assert "/again/" in client.get(f"/admin/account/factor/{path}")["Location"], path
        client.post("/admin/account/again/", {"password": "nonsense"})
        assert client.get("/admin/account/factor/codes/").status_code == 302
        client.post("/admin/account/again/", {"password": "correct horse battery staple"})
        assert client.get("/admin/account/factor/codes/").status_code == 200


def test_recovery_codes_stay_in_no_cache(client: Client, ada: User) -> None:
    with_app(ada)
    sign_in(client)
    client.post(CODE, {"code": code()})
    for path in ("codes/", "codes/file/"):
        assert "no-store" in client.get(f"/admin/account/factor/{path}")["Cache-Control"]


def test_the_command_helps_who_lost_everything(client: Client, ada: User) -> None:
    with_app(ada)
    sign_in(client)
    client.post(CODE, {"code": code()})
    client.get("/admin/")
    said = StringIO()
    call_command("reset_second_factor", "Ada", stdout=said)
    assert "2 second factors removed, 1 sessions ended" in said.getvalue()
    assert client.get("/admin/").status_code == 302
    assert sign_in(client)["Location"] == "/admin/"
    with pytest.raises(CommandError, match="no account named"):
        call_command("reset_second_factor", "eve")
