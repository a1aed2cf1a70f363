"""The desk in front of the real Django: same answers, and everything unusual goes past it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from monitors.models import Access, Page
from subscribers import allowance, tokens
from subscribers.front.desk import LONGEST, Desk
from subscribers.front.rehearsal import REHEARSAL
from subscribers.means import means
from subscribers.models import Allowance, Notice, State, Subscriber
from tests.make import make_component, make_page
from tests.subscribers.test_views import shown

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Behind:
    """Django, and how often it was asked for real."""

    django: Any = field(default_factory=get_wsgi_application)
    asked: int = 0
    rehearsed: int = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if REHEARSAL in environ:
            self.rehearsed += 1
        else:
            self.asked += 1
        return self.django(environ, start_response)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was learnt stays known, however long a busy machine takes."""
    monkeypatch.setattr("subscribers.front.desk.FRESH", 600.0)


@dataclass(frozen=True)
class Answer:
    status: str
    headers: dict[str, str]
    text: str


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
def desk(behind: Behind) -> Iterator[Desk]:
    desk = Desk(behind, means(settings))
    yield desk
    desk.stop()


def press(application: Any, page: Page, fields: Any = (), /, **values: Any) -> Answer:
    """The button of the form; `values` beside its fields are of the environment."""
    body = fields if isinstance(fields, bytes) else urlencode(form(page) | dict(fields), doseq=True).encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": f"/subscribe/{page.public_id}/send/",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "testserver",
        "REMOTE_ADDR": "198.51.100.7",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
    } | values
    said: list[Any] = []
    answer = application(environ, lambda status, headers, exc_info=None: said.append((status, headers)))
    text = b"".join(answer).decode()
    getattr(answer, "close", lambda: None)()
    status, headers = said[-1]
    return Answer(status, {**dict(headers), "Expires": ""}, text)


def form(page: Page) -> dict[str, Any]:
    return {
        "channel": "email",
        "website": "",
        "shown": shown(page.public_id),
        "address": "reader@example.com",
        "scope": "all",
        "kinds": "all",
        "language": "en",
        "time_zone": "",
    }


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "address", ["reader@example.com", " Reader@EXAMPLE.com ", "o'neil&amp@bücher.example"]
)
def test_the_desk_answers_as_django_does(desk: Desk, behind: Behind, language: str, address: str) -> None:
    page = make_page()
    fields = {"address": address, "language": language}

    at_desk = press(desk, page, fields)
    assert behind.asked == 0
    assert press(behind, page, fields) == at_desk
    assert at_desk.status == "200 OK"
    assert f'<html lang="{language}">' in at_desk.text
    assert Notice.objects.count() == 1


@pytest.mark.usefixtures("unhurried")
def test_what_was_chosen_is_kept_with_the_question(desk: Desk, behind: Behind) -> None:
    page = make_page()
    first, second = make_component(page), make_component(page)
    for number, component in enumerate([first, second, first]):
        chosen = {"scope": "some", "components": [component.public_id], "address": f"r{number}@example.com"}
        assert press(desk, page, chosen).status == "200 OK"

    wishes = Notice.objects.order_by("id").values_list("payload__components", flat=True)
    assert list(wishes) == [[first.pk], [second.pk], [first.pk]]
    assert (behind.asked, behind.rehearsed) == (0, 2)


@pytest.mark.usefixtures("unhurried")
def test_a_crowd_learns_once_and_nothing_of_the_rehearsal_is_kept(desk: Desk, behind: Behind) -> None:
    page = make_page()
    for number in range(20):
        answer = press(desk, page, {"address": f"r{number}@example.com"})
        assert f"r{number}@example.com" in answer.text

    assert (behind.asked, behind.rehearsed) == (0, 1)
    assert Subscriber.objects.count() == Notice.objects.count() == 20
    assert Allowance.objects.get().count == 20


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"address": "reader@localhost"}, "400"),
        ({"address": "a\x00@example.com"}, "400"),
        ({"address": ["a@example.com", "b@example.com"]}, "200"),
        ({"website": "https://spam.example"}, "400"),
        ({"shown": ""}, "400"),
        ({"language": "de"}, "400"),
        ({"scope": "some", "components": ["nonexistent0"]}, "400"),
        ({"channel": "webhook", "address": "https://hooks.example.com/"}, "200"),
        ({"channel": "webhook"}, "400"),
        ({"channel": "carrier-pigeon"}, "404"),
        ({"more": "x" * LONGEST}, "200"),
    ],
)
def test_what_is_not_in_order_goes_to_django(
    desk: Desk, behind: Behind, fields: dict[str, Any], status: str
) -> None:
    page = make_page()
    assert press(desk, page, fields).status[:3] == status
    assert behind.asked == 1
    assert Notice.objects.count() == (status == "200")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"%",
        b"&&&",
        b"address=a%40example.com",
        b"address=a@example.com&addr%65ss=b@example.com",
        b"\xff\xfe",
    ],
)
def test_what_is_no_form_of_ours_goes_to_django(desk: Desk, behind: Behind, body: bytes) -> None:
    assert press(desk, make_page(), body).status[:3] == "400"
    assert behind.asked == 1


def test_a_second_address_in_disguise_is_not_asked_unseen(desk: Desk, behind: Behind) -> None:
    page = make_page()
    body = urlencode(form(page)).encode() + b"&addr%65ss=other%40example.com"

    assert "other@example.com" in press(desk, page, body).text
    assert behind.asked == 1
    assert Subscriber.objects.get().address == "other@example.com"


@pytest.mark.parametrize(
    "values",
    [
        {"QUERY_STRING": "language=fr"},
        {"CONTENT_TYPE": "multipart/form-data; boundary=x"},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "-1"},
        {"REQUEST_METHOD": "PUT"},
        {"PATH_INFO": "/subscribe/"},
        {"HTTP_HOST": "evil.example"},
    ],
)
def test_other_requests_go_to_django(desk: Desk, behind: Behind, values: dict[str, str]) -> None:
    press(desk, make_page(), **values)
    assert behind.asked == 1


def test_too_soon_is_shown_again_with_all_that_was_typed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy machine takes more than a second.
    monkeypatch.setattr(tokens, "FORM_LEAST", timedelta(hours=1))
    page = make_page()
    token = shown(page.public_id, seconds=0)

    answer = press(desk, page, {"shown": token})
    assert answer.status[:3] == "400"
    assert 'value="reader@example.com"' in answer.text
    assert "faster than people are" in answer.text
    # The same form again, a moment later, is in time.
    assert f'value="{token}"' in answer.text
    assert not Subscriber.objects.exists()


def test_a_network_that_had_its_share_is_told_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "LIMIT", 2)
    page = make_page()
    answers = [press(desk, page, {"address": f"r{number}@example.com"}) for number in range(3)]

    assert [answer.status[:3] for answer in answers] == ["200", "200", "429"]
    assert Subscriber.objects.count() == 2


def test_networks_are_counted_behind_our_own_proxies(desk: Desk, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    page = make_page()
    for last in ("203.0.113.9", "2001:db8:1:2:3::4"):
        press(desk, page, {"address": f"r{last[-1]}@example.com"}, HTTP_X_FORWARDED_FOR=f"6.6.6.6, {last}")

    assert set(Allowance.objects.values_list("key", flat=True)) == {"203.0.113.9", "2001:db8:1:2::/64"}


@pytest.mark.parametrize("access", [Access.STAFF, Access.PASSWORD])
def test_a_page_that_not_everybody_may_read_is_left_to_django(
    desk: Desk, behind: Behind, access: str
) -> None:
    page = make_page(access=access)

    assert press(desk, page).status[:3] in ("302", "403")
    assert behind.asked == 1
    assert not Subscriber.objects.exists()


def test_one_that_cannot_be_written_fails_alone(desk: Desk, behind: Behind) -> None:
    page, other = make_page(), make_page()
    press(desk, page)
    page.delete()

    assert press(desk, page).status[:3] == "404"
    assert behind.asked == 1
    assert press(desk, other).status[:3] == "200"


def test_what_changes_is_learnt_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    page = make_page(name="Before")
    assert "Before" in press(desk, page).text
    Page.objects.filter(pk=page.pk).update(name="After")
    monkeypatch.setattr("subscribers.front.desk.FRESH", 0.0)

    assert "After" in press(desk, page).text


def test_no_browser_gets_a_cookie_and_nothing_is_kept_in_between(desk: Desk) -> None:
    answer = press(desk, make_page(), HTTP_COOKIE="sessionid=x")

    assert "Set-Cookie" not in answer.headers
    assert "no-store" in answer.headers["Cache-Control"]
    assert "Content-Security-Policy" in answer.headers


def test_who_subscribed_is_pending_until_they_confirm(desk: Desk) -> None:
    press(desk, make_page())

    assert Subscriber.objects.get().state == State.PENDING


def test_a_kind_of_form_with_many_fields_takes_little_memory(desk: Desk, behind: Behind) -> None:
    page = make_page()
    body = urlencode(form(page)).encode() + b"&" + "&".join(f"x{n}" for n in range(900)).encode()

    press(desk, page, body)

    (kind,) = desk._known
    assert sum(sys.getsizeof(part) for part in kind) < 2 * len(body)
