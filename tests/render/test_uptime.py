"""The uptime page beside the number of components."""

import gzip

import pytest

from statuspage.render import render
from statuspage.render.uptime import CALENDARS
from statuspage.snapshot import Snapshot
from tests.render.make import make_component, make_demo, make_documents, make_snapshot

PATH = "uptime/index.html"


def uptime(snapshot: Snapshot, language: str = "") -> bytes:
    """The page."""
    return render(snapshot, make_documents(snapshot))[f"{language}{PATH}"]


def make_many(count: int) -> Snapshot:
    """A page of so many components."""
    return make_snapshot(components=tuple(make_component(f"Part {number}") for number in range(count)))


@pytest.mark.parametrize(("count", "shown"), [(CALENDARS, True), (CALENDARS + 1, False)])
def test_calendars_of_many_components_stand_on_their_own_pages_alone(count: int, shown: bool) -> None:
    snapshot = make_many(count)
    files = render(snapshot, make_documents(snapshot))
    html = files[PATH].decode()
    assert ('<table class="m">' in html, "shows its 90 days" in html) == (shown, not shown)
    for component in snapshot.components:
        assert html.count(f'href="../components/{component.slug}/"') == 1
        assert '<table class="m">' in files[f"components/{component.slug}/index.html"].decode()


@pytest.mark.parametrize("language", ["", "fr/"])
def test_a_thousand_components_make_no_page_of_megabytes(language: str) -> None:
    html = uptime(make_demo(copies=40), language)
    assert len(html) <= 200_000
    assert len(gzip.compress(html, 6)) <= 25_000
