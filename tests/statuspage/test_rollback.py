"""Rolling back and resyncing, each by one command; every mistake told in a sentence."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors import record
from monitors.models import Access, Component, Page
from statuspage import releases
from statuspage.models import Publishing, Release, Target
from statuspage.push import behind, push
from statuspage.stored import KEPT, latest
from tests.incidents.conftest import _plain_static_files, _static_folder  # noqa: F401 (fixtures)
from tests.make import make_component, make_page
from tests.statuspage.test_releases import BY, make_incident, make_target

pytestmark = pytest.mark.django_db(transaction=True)


def run(*words: str) -> str:
    said = io.StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


@pytest.fixture
def component() -> Component:
    return make_component(make_page(name="Acme"))


@pytest.fixture
def page(component: Component, tmp_path: Path) -> Page:
    """A page with two releases: a calm one, and one with an incident."""
    page, now = component.page, timezone.now() - timedelta(minutes=5)
    make_target(page, tmp_path / "public")
    assert releases.make(page, now, BY)
    make_incident(page, component, now)
    assert releases.make(page, now + timedelta(minutes=1), BY)
    return page


def shown(tmp_path: Path) -> bytes:
    return (tmp_path / "public" / "index.html").read_bytes()


def test_a_rollback_publishes_the_old_bytes_as_a_new_release_and_holds_them(
    page: Page, tmp_path: Path
) -> None:
    assert push(page.targets.get(), timezone.now(), BY)
    assert b"Payments fail" in shown(tmp_path)
    assert "published as release 3" in run("rollback", page.domain, "1")
    assert b"Payments fail" not in shown(tmp_path)
    assert not list((tmp_path / "public" / "incidents").glob("*/index.html"))
    record.touch([page.pk], timezone.now())
    page.refresh_from_db()
    assert not releases.due(page, timezone.now() + timedelta(hours=1))
    assert releases.make(page, timezone.now(), BY) is None
    assert "held at release 1" in run("publish")
    assert "The page goes on" in run("rollback", "Acme", "--end")
    assert b"Payments fail" in shown(tmp_path)


def test_a_held_page_still_heals_a_target(page: Page, tmp_path: Path) -> None:
    run("rollback", page.domain, "1")
    held = shown(tmp_path)
    for path in (tmp_path / "public").rglob("*"):
        if path.is_file():
            path.unlink()
    run("resync", "public")
    assert shown(tmp_path) == held


def test_a_held_page_stays_held_over_what_staff_adopt(page: Page, tmp_path: Path) -> None:
    run("rollback", page.domain, "1")
    held = shown(tmp_path)
    releases.set_aside(page, 50)
    assert releases.make_due(page, timezone.now(), BY)
    assert push(page.targets.get(), timezone.now(), BY)
    assert page.targets.get().sequence == 51
    assert shown(tmp_path) == held


def test_what_comes_after_a_rollback_is_whole(page: Page, component: Component, tmp_path: Path) -> None:
    run("rollback", page.domain, "1")
    make_incident(page, component, timezone.now(), title_en="Something else")
    run("rollback", page.domain, "--end")
    pages = [path.read_text() for path in (tmp_path / "public" / "incidents").glob("*/index.html")]
    assert len(pages) == 2


def test_the_list_shows_what_each_release_changed_and_where_the_page_is_held(page: Page) -> None:
    run("rollback", page.domain, "1")
    newest, second, first = run("rollback", page.domain, "--list").splitlines()
    assert newest.split()[0] == "3"
    assert "files" in second
    assert first.endswith("<- held here")


def test_a_release_can_be_rolled_back_to_as_long_as_it_is_kept(page: Page) -> None:
    for number in range(KEPT):
        releases.make(page, timezone.now() + timedelta(minutes=number), BY)
    with pytest.raises(CommandError, match="Release 2 of Acme is not kept"):
        run("rollback", page.domain, "2")
    run("rollback", page.domain, "3")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere.example", "1"], "There is no page 'nowhere.example'"),
        (["Acme", "99"], "Release 99 of Acme is not kept"),
        (["Acme"], "Give the sequence of a release, or --list, or --end"),
        (["Acme", "1", "--end"], "Give the sequence of a release, or --list, or --end"),
        (["Acme", "--end"], "is not rolled back: there is nothing to end"),
    ],
)
def test_a_mistake_with_a_rollback_is_told(page: Page, words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("rollback", *words)
    assert latest(page.pk) == Release.objects.get(page=page, sequence=2)
    assert not Publishing.objects.filter(held__isnull=False).exists()


def test_a_resync_repairs_what_somebody_changed_by_hand(page: Page, tmp_path: Path) -> None:
    assert push(page.targets.get(), timezone.now(), BY)
    whole = shown(tmp_path)
    (tmp_path / "public" / "index.html").write_text("defaced")
    (tmp_path / "public" / "mine.html").write_text("left over")
    assert "every file compared" in run("resync", "--all")
    assert shown(tmp_path) == whole
    assert not (tmp_path / "public" / "mine.html").exists()


def test_a_mistake_with_a_resync_is_told(page: Page) -> None:
    for words, sentence in (
        (["nowhere"], "There is no target 'nowhere'"),
        ([], "Name one target, or give --all"),
        (["public", "--all"], "Name one target, or give --all"),
    ):
        with pytest.raises(CommandError, match=sentence):
            run("resync", *words)
    Target.objects.update(enabled=False)
    with pytest.raises(CommandError, match="not enabled"):
        run("resync", "public")
    with pytest.raises(CommandError, match="nothing to resync"):
        run("resync", "--all")


def test_a_page_that_not_everybody_may_read_is_published_nowhere(page: Page, tmp_path: Path) -> None:
    Page.objects.update(access=Access.STAFF)
    assert not behind(timezone.now()).exists()
    with pytest.raises(CommandError, match="published nowhere"):
        run("resync", "public")
    run("publish")
    assert not (tmp_path / "public").exists()


# The same in the admin.


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada", password="a long enough password"))
    return client


def listed(staff: Client, language: str = "en") -> str:
    return staff.get("/admin/statuspage/target/", headers={"accept-language": language}).content.decode()


def test_the_admin_says_that_a_page_is_rolled_back(page: Page, staff: Client) -> None:
    run("rollback", page.domain, "1")
    assert f"rolled back to release 1, until: manage.py rollback {page.domain} --end" in listed(staff)
    assert "ramenée à la version 1" in listed(staff, "fr")


def test_staff_resync_from_the_list(page: Page, staff: Client, tmp_path: Path) -> None:
    target = page.targets.get()
    assert push(target, timezone.now(), BY)
    answer = staff.post(
        "/admin/statuspage/target/", {"action": "resync", "_selected_action": [target.pk]}, follow=True
    )
    assert "Every file of 1 target is compared now." in answer.content.decode()
    assert list(behind(timezone.now())) == [target]


def test_the_list_costs_the_same_number_of_queries_however_many_targets(
    page: Page, staff: Client, tmp_path: Path
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            listed(staff)
        return len(queries)

    # A session is noted once in five minutes.
    cost()
    few = cost()
    for number in range(4):
        make_target(make_page(), tmp_path / str(number))
    assert cost() == few
