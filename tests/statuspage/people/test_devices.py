"""What a session is called in one's list, and in the mail about a changed account."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from statuspage.people.devices import named
from tests.statuspage.people.conftest import letters, sign_in

PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("said", "called"),
    [
        (PHONE, "Chrome · Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox · Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
            "Safari · iPhone",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
            "Edge · Windows",
        ),
        ("curl/8.5.0", "curl"),
        ("My own\n browser", "My own browser"),
        ("x" * 500, "x" * 80),
        ("", "—"),
    ],
)
def test_a_browser_is_told_in_two_words(said: str, called: str) -> None:
    assert named(said) == called


@pytest.mark.django_db
def test_the_list_of_sessions_and_letters_call_it_so(ada: User) -> None:
    client = Client(headers={"user-agent": PHONE})
    sign_in(client)
    shown = client.get("/admin/account/").content.decode()
    assert "Chrome · Android" in shown
    # As it came, for whoever wants to know more.
    assert f'title="{PHONE}"' in shown
    fields = {"oldpassword": "correct horse battery staple", "password1": "a wholly other phrase"}
    client.post("/admin/password_change/", fields | {"password2": "a wholly other phrase"})
    (letter,) = letters()
    assert "Chrome · Android" in str(letter.body)
    assert "AppleWebKit" not in str(letter.body)
