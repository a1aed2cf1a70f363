"""Signing in: who comes in, who does not, and what strangers learn of it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from tests.statuspage.people.conftest import PASSWORD, code, make_staff, sign_in, with_app

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["ada", "ada@example.com", "Ada@Example.com"])
def test_staff_sign_in_by_name_or_address(client: Client, ada: User, name: str) -> None:
    answer = sign_in(client, name)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_who_is_no_staff_does_not_come_in(client: Client) -> None:
    make_staff("bob", is_staff=True)
    User.objects.filter(username="bob").update(is_staff=False)
    answer = sign_in(client, "bob", follow=True)
    assert b"no access" in answer.content
    assert client.get("/admin/").status_code == 302


def test_whoever_stops_being_staff_is_out_at_once(client: Client, ada: User) -> None:
    sign_in(client)
    User.objects.update(is_staff=False)
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client: Client, ada: User) -> None:
    wrong, unknown = sign_in(client, "ada", "nonsense"), sign_in(client, "bob", "nonsense")
    assert wrong.status_code == unknown.status_code == 200
    said = [answer.context["form"].non_field_errors() for answer in (wrong, unknown)]
    assert said[0] == said[1]
    assert said[0]


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "http://localhost/",
    ],
)
def test_the_way_back_leads_nowhere_else(client: Client, ada: User, wanted: str) -> None:
    answer = client.post("/admin/login/", {"login": "ada", "password": PASSWORD, "next": wanted})
    assert answer["Location"] == "/admin/"


def test_the_way_back_leads_where_one_came_from(client: Client, ada: User) -> None:
    asked = client.get("/admin/incidents/incident/add/")
    shown = client.get(asked["Location"])
    assert b'value="/admin/incidents/incident/add/"' in shown.content
    fields = {"login": "ada", "password": PASSWORD, "next": "/admin/incidents/incident/add/"}
    assert client.post("/admin/login/", fields)["Location"] == fields["next"]


def test_the_session_is_another_one_after_the_sign_in(client: Client, ada: User) -> None:
    client.get("/admin/account/password/")
    client.session.save()
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_a_session_with_another_account_in_it_is_emptied(client: Client, ada: User) -> None:
    client.force_login(make_staff("bob"))
    session = client.session
    session["of bob"] = True
    session.save()
    client.post("/admin/logout/")
    sign_in(client)
    assert "of bob" not in client.session


def test_nobody_frames_the_sign_in(client: Client) -> None:
    answer = client.get("/admin/login/")
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


def test_the_sign_in_asks_where_it_comes_from(ada: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict).status_code == 403
    assert strict.get("/admin/").status_code == 302


def test_logging_out_takes_a_button(client: Client, ada: User) -> None:
    sign_in(client)
    assert client.get("/admin/logout/").status_code == 200
    assert client.get("/admin/").status_code == 200
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == 302


class TestGuessing:
    def guess(self, client: Client, times: int, name: str = "ada", **more: Any) -> Any:
        for _try in range(times):
            answer = sign_in(client, name, "nonsense", **more)
        return answer

    def test_tries_for_one_account_are_limited_wherever_they_come_from(self, ada: User) -> None:
        for number in range(5):
            self.guess(Client(), 1, REMOTE_ADDR=f"192.0.2.{number}")
        answer = sign_in(Client(), REMOTE_ADDR="198.51.100.7")
        assert "Too many tries" in str(answer.context["form"].non_field_errors())

    def test_another_host_name_of_ours_gives_no_more_tries(self, ada: User) -> None:
        self.guess(Client(), 5)
        answer = sign_in(Client(), headers={"host": "localhost"}, REMOTE_ADDR="198.51.100.7")
        assert "Too many tries" in str(answer.context["form"].non_field_errors())

    def test_tries_from_one_network_are_limited_whatever_the_account(self, client: Client, ada: User) -> None:
        for number in range(10):
            self.guess(client, 1, f"guess-{number}", REMOTE_ADDR=f"2001:db8:0:1::{number}")
        answer = sign_in(client, REMOTE_ADDR="2001:db8:0:1::ffff")
        assert "Too many tries" in str(answer.context["form"].non_field_errors())
        assert sign_in(Client(), REMOTE_ADDR="2001:db8:0:2::1").status_code == 302

    def test_a_made_up_forwarding_header_gives_no_more_tries(self, ada: User) -> None:
        for number in range(10):
            self.guess(Client(), 1, f"guess-{number}", headers={"x-forwarded-for": f"192.0.2.{number}"})
        answer = sign_in(Client(), headers={"x-forwarded-for": "192.0.2.99"})
        assert "Too many tries" in str(answer.context["form"].non_field_errors())

    def test_strangers_who_guess_do_not_lock_out_a_browser_that_was_here(
        self, client: Client, ada: User
    ) -> None:
        sign_in(client)
        client.post("/admin/logout/")
        for number in range(6):
            self.guess(Client(), 1, REMOTE_ADDR=f"192.0.2.{number}")
        assert sign_in(client, REMOTE_ADDR="198.51.100.7").status_code == 302

    def test_a_browser_that_was_here_has_a_limit_too(self, client: Client, ada: User) -> None:
        sign_in(client)
        client.post("/admin/logout/")
        self.guess(client, 5)
        assert sign_in(client).status_code == 200

    def test_a_mark_of_somebody_else_counts_for_nothing(self, client: Client, ada: User) -> None:
        make_staff("bob")
        sign_in(client, "bob")
        client.post("/admin/logout/")
        for number in range(5):
            self.guess(Client(), 1, REMOTE_ADDR=f"192.0.2.{number}")
        assert sign_in(client).status_code == 200

    def test_all_web_processes_count_together(self, ada: User) -> None:
        self.guess(Client(), 5)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM statuspage_cache WHERE cache_key LIKE '%login_failed%'")
            assert cursor.fetchone()[0] >= 2
            # Whatever a process remembers by itself, this is what is asked.
            cursor.execute("DELETE FROM statuspage_cache")
        assert sign_in(Client(), REMOTE_ADDR="198.51.100.7").status_code == 302

    def test_codes_of_the_second_factor_are_limited(self, client: Client, ada: User) -> None:
        with_app(ada)
        sign_in(client)
        for _try in range(5):
            client.post("/admin/account/factor/code/", {"code": "000000"})
        client.post("/admin/account/factor/code/", {"code": code()})
        assert client.get("/admin/").status_code == 302
