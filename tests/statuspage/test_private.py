"""Pages that not everybody may read: nothing leaves without the password or the account."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.utils import timezone

from monitors.models import Access, Page
from statuspage import releases
from statuspage.follow import Follower
from statuspage.installation import installation
from statuspage.live import SHELF, Live
from statuspage.models import Target
from statuspage.push import behind, push
from statuspage.shelf import Shelf, State
from subscribers import tokens
from subscribers.allowance import LIMIT
from subscribers.models import Subscriber
from tests.make import make_component, make_page
from tests.statuspage.test_live import ask

pytestmark = pytest.mark.django_db
INSIDE = b"<title>Inside</title>" + b"<p>All is well.</p>" * 40
FILES = {
    "index.html": INSIDE,
    "history/index.html": b"past",
    "404.html": b"<title>Nothing of that name</title>",
    "status.json": b'{"inside": true}',
}


def make_private(access: Access = Access.PASSWORD, **values: Any) -> Page:
    return make_page(access=access, password=make_password("tell nobody"), **values)


@pytest.fixture
def shelved(tmp_path: Path) -> Any:
    def make(page: Page) -> dict[str, Any]:
        shelf = Shelf(tmp_path / page.public_id, State(page.public_id, page.domain, 0, page.private), [])
        shelf.update(State(page.public_id, page.domain, 7, page.private), FILES, [])
        return {SHELF: shelf}

    return make


@pytest.mark.parametrize("path", ["/", "/status.json", "/history/", "/history", "/404.html"])
def test_a_stranger_gets_no_file_of_a_private_page(client: Client, shelved: Any, path: str) -> None:
    for access in (Access.PASSWORD, Access.STAFF):
        answer = client.get(path, **shelved(make_private(access)))
        assert answer.status_code in (302, 403)
        assert b"Inside" not in answer.content
        assert "no-store" in answer["Cache-Control"]


def test_the_live_site_hands_private_pages_to_django_with_everything_in_front(
    tmp_path: Path, shelved: Any, settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["inside.example.com"]
    page = make_private(domain="inside.example.com")
    shelved(page)
    live = Live(Follower(tmp_path), get_wsgi_application())
    for path in ("/", "/status.json", "/anything"):
        rest = {"wsgi.input": BytesIO(), "wsgi.url_scheme": "http", "SERVER_NAME": "x", "SERVER_PORT": "80"}
        answer = ask(live, path, host="inside.example.com", **rest)
        assert not answer["status"].startswith("200")
        assert b"Inside" not in answer["body"]


def test_the_password_opens_the_page_and_a_new_one_closes_it(client: Client, shelved: Any) -> None:
    page = make_private()
    there = shelved(page)
    asked = client.get("/history/?month=1", **there)
    assert asked.status_code == 403
    assert b'value="/history/?month=1"' in asked.content
    wrong = client.post(f"/unlock/{page.public_id}/", {"password": "guess", "next": "/history/"})
    assert wrong.status_code == 403
    assert b"That is not the password." in wrong.content
    right = client.post(f"/unlock/{page.public_id}/", {"password": "tell nobody", "next": "/history/"})
    assert (right.status_code, right["Location"]) == (302, "/history/")
    assert client.get("/", **there).content == INSIDE
    Page.objects.filter(pk=page.pk).update(password=make_password("another"))
    assert client.get("/", **there).status_code == 403


def test_the_password_of_one_page_opens_no_other(client: Client, shelved: Any) -> None:
    one, other = make_private(), make_private()
    client.post(f"/unlock/{one.public_id}/", {"password": "tell nobody"})
    assert client.get("/", **shelved(one)).status_code == 200
    assert client.get("/", **shelved(other)).status_code == 403


def test_a_page_without_a_password_stays_closed(client: Client, shelved: Any) -> None:
    page = make_page(access=Access.PASSWORD)
    assert client.post(f"/unlock/{page.public_id}/", {"password": ""}).status_code == 403
    assert client.get("/", **shelved(page)).status_code == 403


def test_staff_who_are_signed_in_read_a_page_for_staff(client: Client, shelved: Any) -> None:
    there = shelved(make_private(Access.STAFF))
    asked = client.get("/", **there)
    assert asked.status_code == 302
    assert asked["Location"].startswith("/admin/login/?next=/")
    client.force_login(User.objects.create_user("ada", is_staff=True))
    answer = client.get("/", **there)
    assert answer.content == INSIDE
    assert "private" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"
    # The page brings its own policy; only the frame's is a header.
    assert answer["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert "Access-Control-Allow-Origin" not in answer


def test_an_account_that_is_no_staff_any_more_reads_no_page_for_staff(client: Client, shelved: Any) -> None:
    there = shelved(make_private(Access.STAFF))
    client.force_login(User.objects.create_user("bob"))
    assert client.get("/", **there).status_code == 302


@pytest.mark.parametrize("access", [Access.PASSWORD, Access.STAFF])
def test_a_stranger_cannot_tell_which_files_there_are(client: Client, shelved: Any, access: Access) -> None:
    there = shelved(make_private(access))
    known, unknown = client.get("/history/", **there), client.get("/nothing/", **there)
    assert known.status_code == unknown.status_code in (302, 403)
    assert dict(known.headers).keys() == dict(unknown.headers).keys()
    # The application's own addresses stay what they are.
    assert client.get("/admin", **there)["Location"] == "/admin/"


@pytest.mark.parametrize("access", [Access.PASSWORD, Access.STAFF])
@pytest.mark.parametrize("path", ["", "send/"])
def test_a_stranger_neither_sees_the_components_nor_subscribes(
    client: Client, access: Access, path: str
) -> None:
    page = make_private(access)
    make_component(page, name_en="Project Zebra")
    address = f"/subscribe/{page.public_id}/{path}"
    fields = {"email": "mallory@example.com", "address": "mallory@example.com", "scope": "all"}
    fields["shown"] = tokens.for_form(page.public_id, timezone.now() - timedelta(seconds=2))
    for answer in (client.get(address), client.head(address), client.post(address, fields)):
        assert answer.status_code in (302, 403)
        assert b"Zebra" not in answer.content
    assert not Subscriber.objects.exists()


def test_who_knows_the_password_may_subscribe(client: Client) -> None:
    page = make_private()
    make_component(page, name_en="Project Zebra")
    client.post(f"/unlock/{page.public_id}/", {"password": "tell nobody"})
    assert b"Zebra" in client.get(f"/subscribe/{page.public_id}/").content


def test_the_session_that_a_page_was_opened_for_is_a_new_one(client: Client) -> None:
    page, other = make_private(), make_private()
    client.post(f"/unlock/{page.public_id}/", {"password": "tell nobody"})
    before = client.session.session_key
    client.post(f"/unlock/{other.public_id}/", {"password": "tell nobody"})
    assert client.session.session_key != before


def test_an_unknown_address_of_an_open_page_is_its_own_404(client: Client, shelved: Any) -> None:
    there = shelved(make_private(Access.STAFF))
    client.force_login(User.objects.create_user("ada", is_staff=True))
    answer = client.get("/nothing", **there)
    assert (answer.status_code, answer.content) == (404, FILES["404.html"])


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:1"]
)
def test_the_way_back_leads_nowhere_else(client: Client, wanted: str) -> None:
    page = make_private()
    answer = client.post(f"/unlock/{page.public_id}/", {"password": "tell nobody", "next": wanted})
    assert answer["Location"] == "/"


def test_guessing_is_limited(client: Client) -> None:
    page = make_private()
    for _try in range(LIMIT):
        client.post(f"/unlock/{page.public_id}/", {"password": "guess"})
    answer = client.post(f"/unlock/{page.public_id}/", {"password": "tell nobody"})
    assert answer.status_code == 429


def test_a_page_for_everybody_has_no_password_form(client: Client) -> None:
    assert client.post(f"/unlock/{make_page().public_id}/", {"password": "x"}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_page_that_becomes_private_is_private_at_the_next_look(tmp_path: Path) -> None:
    page = make_page(domain="soon.example.com")
    releases.make(page, timezone.now(), installation())
    follower = Follower(tmp_path)
    follower.look()
    assert not follower.shelves["soon.example.com"].state.private
    Page.objects.filter(pk=page.pk).update(access=Access.STAFF)
    follower.look()
    assert follower.shelves["soon.example.com"].state.private
    assert Follower(tmp_path).shelves["soon.example.com"].state.private


@pytest.mark.django_db(transaction=True)
def test_a_page_that_becomes_private_is_taken_off_its_targets_once(tmp_path: Path) -> None:
    page, by, now = make_page(), installation(), timezone.now()
    folder = tmp_path / "public"
    target = Target.objects.create(page=page, name="folder", kind="directory", config={"path": str(folder)})
    releases.make(page, now, by)
    assert push(target, now, by)
    assert (folder / "status.json").exists()

    Page.objects.filter(pk=page.pk).update(access=Access.STAFF)
    releases.make(page, now + timedelta(minutes=1), by)
    assert list(behind(now)) == [target]
    target = Target.objects.select_related("page").get()
    assert push(target, now, by)
    assert {path.name for path in folder.iterdir() if path.suffix == ".html"} == {"index.html", "404.html"}
    assert not (folder / "status.json").exists()
    assert "no longer public" in (folder / "index.html").read_text()
    releases.make(page, now + timedelta(minutes=2), by)
    assert list(behind(now)) == []

    Page.objects.filter(pk=page.pk).update(access=Access.PUBLIC)
    assert list(behind(now)) == [target]
    assert push(Target.objects.select_related("page").get(), now, by)
    assert (folder / "status.json").exists()


@pytest.mark.django_db(transaction=True)
def test_a_private_page_is_not_exported(tmp_path: Path) -> None:
    page = make_private()
    with pytest.raises(CommandError, match="not for everybody"):
        call_command("export", str(tmp_path / "out"), "--page", page.domain)
    assert not (tmp_path / "out").exists()
