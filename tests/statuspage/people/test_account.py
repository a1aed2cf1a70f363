"""One's own account: password, address, sessions, language and time zone."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from statuspage.models import Person
from statuspage.people import forgetting
from statuspage.people.letters import account
from statuspage.people.post import Post
from tests.statuspage.people.conftest import PASSWORD, code, letters, make_staff, sign_in, with_app

pytestmark = pytest.mark.django_db
NEW = "a wholly different passphrase"
RESET = "/admin/account/password/"


def signed_in(**more: Any) -> Client:
    client = Client(**more)
    sign_in(client)
    assert client.get("/admin/").status_code == 200
    return client


class TestPassword:
    def change(self, client: Client, old: str = PASSWORD, new: str = NEW) -> Any:
        fields = {"oldpassword": old, "password1": new, "password2": new}
        return client.post("/admin/password_change/", fields)

    def test_changing_it_ends_the_other_sessions_and_keeps_this_one(self, ada: User) -> None:
        here, there = signed_in(), signed_in()
        assert self.change(here)["Location"] == "/admin/account/"
        assert here.get("/admin/").status_code == 200
        assert there.get("/admin/").status_code == 302
        assert sign_in(Client(), password=PASSWORD).status_code == 200
        assert sign_in(Client(), password=NEW).status_code == 302
        (letter,) = letters()
        assert "password was changed" in letter.subject

    @pytest.mark.parametrize(
        ("old", "new"), [("nonsense", NEW), (PASSWORD, "short"), (PASSWORD, "ada@example.com")]
    )
    def test_a_bad_one_changes_nothing(self, ada: User, old: str, new: str) -> None:
        client = signed_in()
        assert self.change(client, old, new).context["form"].errors
        assert sign_in(Client()).status_code == 302

    def test_an_account_without_one_is_told_where_it_signs_in(self, client: Client, ada: User) -> None:
        ada.set_unusable_password()
        ada.save()
        client.force_login(ada)
        answer = client.get("/admin/password_change/", follow=True)
        assert b"no password here" in answer.content


@pytest.mark.django_db(transaction=True)
class TestReset:
    def ask(self, email: str = "ada@example.com", **more: Any) -> Any:
        return Client().post(RESET, {"email": email}, **more)

    def link(self) -> str:
        (letter,) = letters()
        assert letter.to == ["ada@example.com"]
        found = re.search(r"http://testserver(/admin/account/password/\S+)", str(letter.body))
        assert found
        return found[1]

    def test_a_link_sets_a_new_password_once_and_ends_every_session(self, ada: User) -> None:
        before = signed_in()
        assert self.ask()["Location"] == "/admin/account/password/sent/"
        link, client = self.link(), Client()
        form = client.get(link)["Location"]
        assert link.split("-", 1)[1].strip("/") not in form
        assert client.get(form).status_code == 200
        assert client.post(form, {"password1": NEW, "password2": NEW}).status_code == 302
        assert before.get("/admin/").status_code == 302
        assert client.get("/admin/").status_code == 302
        assert sign_in(Client(), password=NEW).status_code == 302
        assert b"opens nothing any more" in Client().get(link).content

    def test_it_does_not_stand_in_for_the_second_factor(self, ada: User) -> None:
        with_app(ada)
        self.ask()
        client = Client()
        form = client.get(self.link())["Location"]
        client.post(form, {"password1": NEW, "password2": NEW})
        assert sign_in(client, password=NEW)["Location"] == "/admin/account/factor/code/"

    def test_known_and_unknown_addresses_get_the_same_answer(self, ada: User) -> None:
        bob = make_staff("bob")
        bob.set_unusable_password()
        bob.save()
        make_staff("carol")
        User.objects.filter(username="carol").update(is_active=False)
        answers = [self.ask(f"{name}@example.com") for name in ("ada", "bob", "carol", "nobody")]
        assert len({(answer.status_code, answer["Location"], answer.content) for answer in answers}) == 1
        assert [letter.to for letter in letters()] == [["ada@example.com"]]

    def test_the_link_leads_to_this_application_whatever_host_is_asked(self, ada: User) -> None:
        self.ask(headers={"host": "localhost"})
        assert self.link()

    def test_a_link_is_good_for_a_day(self, ada: User) -> None:
        with time_machine.travel("2026-11-22T15:00:00Z", tick=False) as clock:
            self.ask()
            link = self.link()
            clock.shift(timedelta(days=1, seconds=-5))
            assert Client().get(link).status_code == 302
            clock.shift(10)
            assert b"opens nothing any more" in Client().get(link).content

    def test_letters_to_one_address_are_few(self, ada: User) -> None:
        for _each in range(8):
            self.ask()
        assert len(letters()) == 5


class TestSessions:
    def test_the_list_shows_where_one_is_signed_in(self, ada: User) -> None:
        here = signed_in(headers={"user-agent": "Telephone"}, REMOTE_ADDR="192.0.2.1")
        signed_in(headers={"user-agent": "Desk"}, REMOTE_ADDR="192.0.2.2")
        shown = here.get("/admin/account/").content.decode()
        for word in ("Telephone", "Desk", "192.0.2.1", "192.0.2.2", "this one"):
            assert word in shown

    def test_one_can_be_ended(self, ada: User) -> None:
        here, there, third = signed_in(), signed_in(), signed_in()
        ending = UserSession.objects.get(session_key=there.session.session_key)
        here.post("/admin/account/sessions/end/", {"session": ending.pk})
        assert there.get("/admin/").status_code == 302
        assert third.get("/admin/").status_code == here.get("/admin/").status_code == 200

    def test_all_the_others_can_be_ended(self, ada: User) -> None:
        here, there, third = signed_in(), signed_in(), signed_in()
        here.post("/admin/account/sessions/end/")
        assert there.get("/admin/").status_code == third.get("/admin/").status_code == 302
        assert here.get("/admin/").status_code == 200

    @pytest.mark.parametrize("number", ["-1", "x", "9" * 30, "²"])
    def test_nonsense_ends_nothing(self, ada: User, number: str) -> None:
        here, there = signed_in(), signed_in()
        here.post("/admin/account/sessions/end/", {"session": number})
        assert there.get("/admin/").status_code == 200

    def test_those_of_others_are_neither_shown_nor_ended(self, ada: User) -> None:
        make_staff("bob")
        there = Client(headers={"user-agent": "Of Bob"})
        sign_in(there, "bob")
        here = signed_in()
        assert b"Of Bob" not in here.get("/admin/account/").content
        of_bob = UserSession.objects.get(session_key=there.session.session_key)
        here.post("/admin/account/sessions/end/", {"session": of_bob.pk})
        here.post("/admin/account/sessions/end/")
        assert there.get("/admin/").status_code == 200

    def test_use_is_written_down_every_few_minutes(self, ada: User) -> None:
        with time_machine.travel("2026-11-22T15:00:00Z", tick=False) as clock:
            here, start = signed_in(), timezone.now()
            clock.shift(timedelta(minutes=4))
            here.get("/admin/")
            assert UserSession.objects.get().last_seen_at == start
            clock.shift(timedelta(minutes=2))
            here.get("/admin/")
            assert UserSession.objects.get().last_seen_at == start + timedelta(minutes=6)


class TestAddress:
    def test_a_new_one_counts_once_it_is_confirmed(self, ada: User) -> None:
        client = signed_in()
        client.post("/admin/account/email/", {"email": "new@example.com", "action_add": ""})
        ada.refresh_from_db()
        assert ada.email == "ada@example.com"
        (letter,) = letters()
        assert letter.to == ["new@example.com"]
        link = re.search(r"http://testserver(/admin/account/email/\S+/)", str(letter.body))
        assert link
        assert client.get(link[1]).status_code == 200
        ada.refresh_from_db()
        assert ada.email == "ada@example.com"
        client.post(link[1])
        ada.refresh_from_db()
        assert ada.email == "new@example.com"
        assert "ada@example.com" in [to for letter in letters() for to in letter.to]

    def test_somebody_elses_is_not_taken(self, ada: User) -> None:
        bob = make_staff("bob")
        EmailAddress.objects.create(user=bob, email=bob.email, verified=True, primary=True)
        client = signed_in()
        client.post("/admin/account/email/", {"email": "bob@example.com", "action_add": ""})
        (letter,) = letters()
        link = re.search(r"http://testserver(/admin/account/email/\S+/)", str(letter.body))
        assert link
        # Whoever opens it: the address is Bob's already.
        client.post(link[1])
        ada.refresh_from_db()
        assert ada.email == "ada@example.com"
        assert not EmailAddress.objects.filter(user=ada, email="bob@example.com", verified=True).exists()

    @pytest.mark.parametrize("email", ["", "ada@example.com"])
    def test_a_crafted_form_makes_no_unconfirmed_one_the_accounts(self, ada: User, email: str) -> None:
        User.objects.update(email=email)
        client = signed_in()
        client.post("/admin/account/email/", {"email": "bob@example.com", "action_add": ""})
        answer = client.post("/admin/account/email/", {"email": "bob@example.com", "action_primary": ""})
        assert answer["Location"] == "/admin/account/email/"
        ada.refresh_from_db()
        assert ada.email == email
        assert not EmailAddress.objects.filter(email="bob@example.com", primary=True).exists()


class TestWishes:
    def wish(self, client: Client, **wishes: str) -> Any:
        fields = {"first_name": "Ada", "last_name": "Lovelace", "language": "", "time_zone": ""}
        return client.post("/admin/account/", {**fields, **wishes})

    def test_the_console_speaks_ones_language(self, ada: User) -> None:
        client = signed_in(headers={"accept-language": "en"})
        assert self.wish(client, language="fr").status_code == 302
        shown = client.get("/admin/account/")
        assert shown["Content-Language"] == "fr"
        assert "Votre compte" in shown.content.decode()
        self.wish(client, language="")
        assert client.get("/admin/account/")["Content-Language"] == "en"

    def test_the_language_ends_with_the_request(self, ada: User) -> None:
        Person.objects.create(user=ada, language="fr")
        signed_in(headers={"accept-language": "en"})
        assert Client(headers={"accept-language": "en"}).get("/admin/login/")["Content-Language"] == "en"
        translation.deactivate()

    def test_times_are_in_ones_zone(self, ada: User) -> None:
        Person.objects.create(user=ada, time_zone="Australia/Lord_Howe")
        with time_machine.travel("2026-11-22T15:00:00Z", tick=False):
            client = signed_in()
            assert "23 Nov 2026, 02:00" in client.get("/admin/account/").content.decode()
        assert timezone.get_current_timezone_name() == "UTC"

    @pytest.mark.parametrize(
        ("field", "value"), [("language", "xx"), ("time_zone", "Mars/Base"), ("time_zone", "../etc")]
    )
    def test_what_there_is_not_is_refused(self, ada: User, field: str, value: str) -> None:
        client = signed_in()
        answer = self.wish(client, **{field: value})
        assert answer.status_code == 400
        assert b"Lovelace" in answer.content
        assert not Person.objects.exists()


def test_what_is_over_is_forgotten(ada: User) -> None:
    with time_machine.travel("2026-11-22T15:00:00Z", tick=False) as clock:
        signed_in()
        clock.shift(timedelta(days=10))
        later = signed_in()
        sign_in(Client(), password="nonsense")
        clock.shift(timedelta(days=5))
        assert forgetting.forget(timezone.now()) == 1
        assert [each.session_key for each in UserSession.objects.all()] == [later.session.session_key]
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM statuspage_cache")
            assert cursor.fetchone()[0] == 0


def test_letters_are_written_to_the_mail_folder_where_there_is_no_server(
    tmp_path: Path, settings: Any
) -> None:
    settings.STATE_DIR, settings.EMAIL_URL = tmp_path, ""
    told = {"username": "ada", "password_reset_url": "http://testserver/x"}
    with translation.override("fr"):
        letter = account("account/email/password_reset_key", "ada@example.com", told)
    assert Post().send_messages([letter]) == 1
    (file,) = (tmp_path / "mail").iterdir()
    content = file.read_bytes()
    assert content.isascii()
    assert b"To: ada@example.com\r\n" in content
    assert b"Content-Language: fr\r\n" in content


def test_the_account_screens_answer(client: Client, ada: User) -> None:
    with_app(ada)
    sign_in(client)
    client.post("/admin/account/factor/code/", {"code": code()})
    for path in (
        *("/admin/account/", "/admin/account/email/", "/admin/password_change/", "/admin/account/factor/"),
        *("/admin/account/factor/passkeys/add/", "/admin/account/factor/codes/new/", "/admin/account/again/"),
        *("/admin/account/factor/app/remove/", "/admin/account/factor/again/", "/admin/logout/"),
    ):
        assert client.get(path).status_code == 200, path
