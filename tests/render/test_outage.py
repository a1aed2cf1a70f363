"""The waiting pages: whole in themselves wherever they are shown, and they say the newest words."""

import dataclasses
import json
import subprocess
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from statuspage.render import render
from statuspage.render.files import HEARTBEAT, content_type
from statuspage.snapshot import Documents, Snapshot, Text
from tests.render.make import (
    NOW,
    make_active,
    make_demo,
    make_incident,
    make_page,
    make_snapshot,
    make_update,
)
from tests.render.strategies import snapshots
from tests.render.test_markup import HOSTILE, Page, hashed

SAYING = make_incident(
    title=Text("Payments fail", "Les paiements échouent"),
    impact="major",
    next_update_at=NOW + timedelta(minutes=20),
    updates=(
        make_update(body=Text("We **test** a fix.", "Un correctif est à l’essai.")),
        make_update(id="olderupdate1", body=Text("We look.", "Nous cherchons.")),
    ),
)


def waiting(snapshot: Snapshot, path: str = "outage/503.html") -> str:
    return render(snapshot, Documents())[path].decode()


def problem(snapshot: Snapshot, path: str = "outage/503.json") -> dict[str, Any]:
    document: dict[str, Any] = json.loads(waiting(snapshot, path))
    return document


def outages(snapshot: Snapshot) -> dict[str, bytes]:
    files = render(snapshot, Documents())
    return {path: content for path, content in files.items() if "outage/" in path}


def read(html: str) -> str:
    """What a browser without graphics shows."""
    shown = subprocess.run(
        ["w3m", "-dump", "-T", "text/html", "-I", "utf-8", "-O", "utf-8", "-cols", "80"],
        input=html.encode(),
        capture_output=True,
        check=True,
    )
    return " ".join(shown.stdout.decode().split())


def test_it_carries_the_newest_words_of_the_incident_and_when_they_were_written() -> None:
    html = waiting(make_snapshot(incidents=(SAYING,)))
    assert "Payments fail" in html
    assert "We <strong>test</strong> a fix." in html
    assert "We look." not in html
    assert "22 November 2026" in html
    assert 'href="https://status.acme.example/incidents/' in html


def test_the_gravest_incident_is_told_and_one_that_nobody_feels_is_not() -> None:
    minor = make_incident(id="minor0000000", impact="minor", title=Text("A small one"))
    note = make_incident(id="note00000000", impact="none", title=Text("Only a note"))
    html = waiting(make_snapshot(incidents=(note, minor, SAYING)))
    assert "Payments fail" in html
    assert "A small one" not in html
    assert "Only a note" not in waiting(make_snapshot(incidents=(note,)))


def test_an_incident_that_is_over_is_not_told() -> None:
    over = dataclasses.replace(SAYING, status="resolved", resolved_at=NOW)
    assert "Payments fail" not in waiting(make_snapshot(incidents=(over,)))


def test_without_words_it_stays_calm_and_names_the_status_page() -> None:
    shown = read(waiting(make_snapshot()))
    assert "We are having trouble." in shown
    assert "It is not you, it is us" in shown
    assert "status.acme.example" in shown


def test_work_in_progress_is_told_as_such() -> None:
    snapshot = make_snapshot(maintenances=(make_active(),))
    assert "We are doing planned maintenance." in waiting(snapshot)
    assert problem(snapshot)["maintenance"]["id"] == make_active().id


def test_it_speaks_the_language_of_its_path() -> None:
    snapshot = make_snapshot(incidents=(SAYING,))
    assert '<html lang="fr">' in waiting(snapshot, "fr/outage/503.html")
    assert "Un correctif est à l’essai." in waiting(snapshot, "fr/outage/503.html")
    assert problem(snapshot, "fr/outage/503.json")["language"] == "fr"


def test_the_document_for_programs_is_a_problem_of_rfc_9457() -> None:
    document = problem(make_snapshot(incidents=(SAYING,)))
    address = f"https://status.acme.example/incidents/{SAYING.id}/"
    assert document == {
        "type": "https://status.acme.example/outage/503.html",
        "title": "We are having trouble.",
        "status": 503,
        "detail": "Payments fail",
        "instance": address,
        "status_page": "https://status.acme.example/",
        "language": "en",
        "incident": {
            "id": SAYING.id,
            "url": address,
            "impact": "major",
            "started_at": "2026-11-22T14:02:12Z",
        },
    }
    assert content_type("fr/outage/503.json") == "application/problem+json"


@pytest.mark.parametrize(
    "snapshot", [make_demo(), make_snapshot(), make_snapshot(maintenances=(make_active(),))]
)
def test_each_is_whole_and_leads_to_absolute_addresses_only(snapshot: Snapshot) -> None:
    for path, content in outages(snapshot).items():
        assert len(content) < 100_000
        if path.endswith(".html"):
            page = Page(content)
            assert not page.values("src")
            assert not {"script", "form", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
            links = page.values("href")
            assert links
            assert all(
                link.startswith(("https://status.acme.example/", "data:image/svg+xml,")) for link in links
            )
            assert {"name": "robots", "content": "noindex"} in [
                attrs for tag, attrs in page.tags if tag == "meta"
            ]
            policy = next(attrs["content"] for _tag, attrs in page.tags if "http-equiv" in attrs)
            assert policy == (
                f"default-src 'none'; style-src {hashed(page.inside['style'])}; img-src data:; "
                "form-action 'none'; base-uri 'none'"
            )


def test_the_longest_words_stay_under_100_kilobytes() -> None:
    update = make_update(body=Text("[x](https://a.example/) " * 400, "< & > " * 1600))
    for content in outages(
        make_snapshot(incidents=(dataclasses.replace(SAYING, updates=(update,)),))
    ).values():
        assert len(content) < 100_000


def test_what_strangers_wrote_stays_text() -> None:
    update = make_update(body=Text(f"{HOSTILE} [x](javascript:alert(1)) [y](/relative)"))
    incident = dataclasses.replace(SAYING, title=Text(HOSTILE), updates=(update,))
    page = Page(waiting(make_snapshot(page=make_page(name=HOSTILE), incidents=(incident,))).encode())
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert all(link.startswith(("https:", "data:")) for link in page.values("href"))


def test_cloudflares_copy_has_its_token_and_nothing_that_passes() -> None:
    calm, told = make_snapshot(), make_snapshot(incidents=(SAYING,))
    assert waiting(calm, "outage/cloudflare.html") == waiting(told, "outage/cloudflare.html")
    assert "::CLOUDFLARE_ERROR_500S_BOX::" in waiting(told, "outage/cloudflare.html")
    assert "CLOUDFLARE" not in waiting(told)


@settings(max_examples=30, deadline=None)
@given(snapshots())
def test_it_changes_with_what_it_tells_and_never_with_the_time(snapshot: Snapshot) -> None:
    later = dataclasses.replace(
        snapshot,
        sequence=snapshot.sequence + 1,
        generated_at=snapshot.generated_at + timedelta(hours=30),
        good_until=snapshot.good_until + timedelta(hours=30),
    )
    found = outages(snapshot)
    assert found == outages(later)
    assert not HEARTBEAT & found.keys()


@settings(max_examples=30, deadline=None)
@given(snapshots())
def test_every_state_has_its_problem_document(snapshot: Snapshot) -> None:
    for path, content in outages(snapshot).items():
        if path.endswith(".json"):
            document = json.loads(content)
            assert document["status"] == 503
            for name in ("type", "title", "detail", "instance", "status_page"):
                assert isinstance(document[name], str)
                assert document[name]
