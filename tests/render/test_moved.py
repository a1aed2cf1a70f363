"""Addresses that name the default language lead to the page, and never change."""

from urllib.parse import urljoin

from statuspage.render import render
from statuspage.snapshot import Documents
from tests.render.make import make_demo, make_documents, make_page, make_snapshot
from tests.render.test_markup import Page


def test_every_page_of_the_default_language_is_led_to() -> None:
    snapshot = make_demo()
    files = render(snapshot, make_documents(snapshot))
    led = {path: content for path, content in files.items() if path.startswith("en/")}
    for path, content in led.items():
        assert path.removeprefix("en/") in files
        page = Page(content)
        (link,) = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
        assert urljoin(f"/{path}", link) == "/" + path.removeprefix("en/").removesuffix("index.html")
        assert f'content="0; url={link}"'.encode() in content
    assert {
        f"en/{path}" for path in files if path.endswith("index.html") and not path.startswith(("en/", "fr/"))
    } == {
        *led,
        "en/embed/index.html",
    }


def test_they_say_nothing_that_changes() -> None:
    fine, out = make_snapshot(), make_demo(page=make_page())
    one, other = (render(each, Documents())["en/index.html"] for each in (fine, out))
    assert one == other


def test_a_page_in_french_leads_from_the_french_address() -> None:
    files = render(make_snapshot(page=make_page(default_language="fr")), Documents())
    assert b'http-equiv="refresh"' in files["fr/index.html"]
    assert b'http-equiv="refresh"' not in files["en/index.html"]
