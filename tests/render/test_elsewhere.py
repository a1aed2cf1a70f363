"""What crawlers, link previews and programs find: maps, keys, contacts, pictures, icons."""

import dataclasses
import re
import struct
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from monitors.status import Status
from statuspage.render import engine, render
from statuspage.render.engine import PICTURES
from statuspage.signing import Role, Signer, from_pem
from statuspage.snapshot import Documents, Keys, PageInfo, Snapshot
from tests.render.make import (
    NOW,
    make_active,
    make_component,
    make_demo,
    make_incident,
    make_page,
    make_snapshot,
)

MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
KEY = Signer.of(Role.APPLICATION, "A" * 43 + "=").public
URL = "https://status.acme.example"
STATES = {
    "operational": make_snapshot(),
    "unknown": make_snapshot(components=(make_component(status=Status.UNKNOWN),)),
    "under_maintenance": make_snapshot(
        components=(make_component(status=Status.UNDER_MAINTENANCE),), maintenances=(make_active(),)
    ),
    "degraded_performance": make_snapshot(incidents=(make_incident(impact="minor"),)),
    "partial_outage": make_snapshot(
        components=(make_component(status=Status.PARTIAL_OUTAGE), make_component("Two"))
    ),
    "major_outage": make_demo(),
}


def files(page: PageInfo | None = None, snapshot: Snapshot | None = None) -> dict[str, bytes]:
    """The files of a page, or of a snapshot."""
    return render(snapshot or make_snapshot(page=page or make_page()), Documents())


def security(made: datetime = NOW, **values: str) -> str:
    """The page's security.txt; "" for none."""
    snapshot = make_snapshot(page=make_page(**values), generated_at=made)
    return files(snapshot=snapshot).get(".well-known/security.txt", b"").decode()


def test_the_keys_that_sign_are_published() -> None:
    found = files(make_page(keys=Keys(KEY, KEY)))
    assert from_pem(found[".well-known/statuspage-key.pem"]) == KEY
    assert from_pem(found[".well-known/statuspage-emergency-key.pem"]) == KEY
    assert not [path for path in files(make_page()) if path.endswith(".pem")]


def test_a_key_that_is_none_keeps_nobody_from_publishing() -> None:
    found = files(make_page(keys=Keys(KEY, "nonsense")))
    assert [path for path in found if path.endswith(".pem")] == [".well-known/statuspage-key.pem"]


def test_whoever_finds_a_hole_finds_a_contact() -> None:
    assert security(security_contact="mailto:security@acme.example") == (
        "Contact: mailto:security@acme.example\n"
        "Expires: 2027-05-01T00:00:00Z\n"
        "Preferred-Languages: en, fr\n"
        f"Canonical: {URL}/.well-known/security.txt\n"
    )
    assert security().startswith("Contact: https://acme.example/help\n")


@pytest.mark.parametrize(
    "contact", ["", "http://acme.example", "javascript:alert(1)", "mailto:a@b.c\nPolicy: x"]
)
def test_without_a_contact_there_is_no_such_file(contact: str) -> None:
    assert security(support_url="", security_contact=contact) == ""
    assert security(support_url=contact, security_contact="") == ""


def test_a_page_without_tls_is_not_called_canonical() -> None:
    assert "Canonical" not in security(url="http://localhost:8000")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-07-01"),
        (datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC), "2026-12-01"),
        (datetime(2026, 7, 1, tzinfo=UTC), "2027-01-01"),
        (datetime(2026, 12, 31, tzinfo=UTC), "2027-06-01"),
    ],
)
def test_it_runs_out_half_a_year_after_the_month_began(made: datetime, expected: str) -> None:
    assert f"Expires: {expected}T00:00:00Z\n" in security(made)


def test_the_map_names_every_page_in_every_language() -> None:
    root = ElementTree.fromstring(files()["sitemap.xml"])
    below = [
        "",
        "components/checkoutxxxx/",
        "history/",
        "history/2026-11/",
        "history/2026-10/",
        "history/2025-12/",
    ]
    assert [entry.text for entry in root.iter(f"{MAP}loc")] == [
        f"{URL}/{place}{path}" for path in below for place in ("", "fr/")
    ]
    assert {(link.get("hreflang"), link.get("href")) for link in root[0].iter(f"{XHTML}link")} == {
        ("en", f"{URL}/"),
        ("fr", f"{URL}/fr/"),
    }
    assert all(len(list(entry.iter(f"{XHTML}link"))) == 2 for entry in root)


def test_a_page_of_one_language_has_no_alternates() -> None:
    content = files(make_page(languages=("fr",), default_language="fr"))["sitemap.xml"]
    assert b"hreflang" not in content
    assert ElementTree.fromstring(content)[0][0].text == f"{URL}/"


def test_robots_are_shown_the_map_and_kept_from_private_pages() -> None:
    assert files()["robots.txt"].decode() == f"User-agent: *\nAllow: /\n\nSitemap: {URL}/sitemap.xml\n"
    private = files(make_page(private=True))
    assert private["robots.txt"] == b"User-agent: *\nDisallow: /\n"
    assert "sitemap.xml" not in private


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_link_to_the_index_shows_the_picture_of_the_state(state: str, language: str) -> None:
    found = files(snapshot=STATES[state])
    place = "" if language == "en" else f"{language}/"
    html = found[f"{place}index.html"].decode()
    told = dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):\w+)" content="([^"]*)">', html))
    assert told["og:image"] == f"{URL}/og/{language}-{state}.png"
    assert told["og:image"].removeprefix(f"{URL}/") in found
    assert told["og:url"] == f"{URL}/{place}"
    assert told["twitter:card"] == "summary_large_image"
    assert told["og:title"]
    assert told["og:description"] in html.partition("</title>")[0] + "</title>"
    assert "og:" not in found[f"{place}history/index.html"].decode()


@pytest.mark.parametrize("state", STATES)
def test_the_icons_are_those_of_the_state(state: str) -> None:
    found = files(snapshot=STATES[state])
    assert found["favicon.ico"] == (PICTURES / f"{state}.ico").read_bytes()
    others = {
        name: files(snapshot=snapshot)["favicon.svg"] for name, snapshot in STATES.items() if name != state
    }
    assert found["favicon.svg"] not in others.values()
    ElementTree.fromstring(found["favicon.svg"])


def test_pictures_are_small_and_of_the_size_that_previews_want() -> None:
    pictures = sorted(PICTURES.glob("*.png"))
    assert [path.stem for path in pictures] == sorted(
        f"{language}-{state}" for language in ("en", "fr") for state in STATES
    )
    for path in pictures:
        content = path.read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", content[16:24]) == (1200, 630)
        assert len(content) <= 20_000, path.name


def test_icons_hold_two_sizes() -> None:
    icons = sorted(PICTURES.glob("*.ico"))
    assert [path.stem for path in icons] == sorted(STATES)
    for path in icons:
        content = path.read_bytes()
        assert struct.unpack("<HHH", content[:6]) == (0, 1, 2)
        for entry in (content[6:22], content[22:38]):
            size, (length, offset) = entry[0], struct.unpack("<II", entry[8:])
            assert struct.unpack(">II", content[offset + 16 : offset + 24]) == (size, size)
            assert offset + length <= len(content) <= 3_000


def test_pictures_decide_on_the_name_of_the_renderer() -> None:
    assert set(PICTURES.iterdir()) <= set(engine._SOURCES)


def test_nothing_of_it_changes_with_an_update_that_changes_no_state() -> None:
    snapshot = make_demo(page=make_page(keys=Keys(KEY, KEY)))
    incident = dataclasses.replace(snapshot.incidents[0], updates=snapshot.incidents[0].updates[1:])
    before = files(snapshot=dataclasses.replace(snapshot, incidents=(incident, *snapshot.incidents[1:])))
    after = files(snapshot=snapshot)
    changed = {path for path in after if before[path] != after[path]}
    ours = re.compile(r"embed|badge|og/|favicon|\.well-known|sitemap|robots")
    assert not [path for path in changed if ours.search(path)]
