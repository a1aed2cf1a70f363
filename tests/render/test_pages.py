"""The pages beside the index."""

from django.utils.html import strip_tags

from monitors.status import Status
from statuspage.render import render
from statuspage.snapshot import Change, Documents, Text
from tests.render.make import (
    make_component,
    make_demo,
    make_documents,
    make_incident,
    make_maintenance,
    make_page,
    make_snapshot,
    make_update,
)


def page(path: str, **values: object) -> str:
    """One page of a snapshot."""
    snapshot = make_snapshot(**values)
    return render(snapshot, make_documents(snapshot))[path].decode()


def test_an_incident_tells_every_update_with_its_own_address() -> None:
    part = make_component()
    change = Change(part.id, Text("Checkout", "Caisse"), Status.OPERATIONAL, Status.MAJOR_OUTAGE)
    updates = tuple(
        make_update(old, body=Text(f"Step {old}."), changes=(change,) if old == 9 else ())
        for old in range(10)
    )
    incident = make_incident(updates=updates, component_ids=(part.id,))
    html = page("fr/incidents/paymentscann/index.html", incidents=(incident,))
    for old in range(10):
        assert f'id="update{old:06}"' in html
        assert f'href="#update{old:06}"' in html
        assert f"Step {old}." in html
    assert html.index("Step 0.") < html.index("Step 9.")
    assert "Caisse\xa0: panne majeure" in html
    assert "<dt>Touché</dt><dd>Caisse</dd>" in html


def test_a_maintenance_has_the_same_kind_of_address() -> None:
    work = make_maintenance(component_ids=("checkoutxxxx",))
    html = page("incidents/networkmaint/index.html", maintenances=(work,))
    assert "24 November 2026, 03:00–04:00 UTC" in html
    assert "<dt>Affected</dt><dd>Checkout</dd>" in html


def test_times_are_absolute() -> None:
    html = page("incidents/paymentscann/index.html", incidents=(make_incident(),))
    assert "22 November 2026, 14:02 UTC" in strip_tags(html)
    assert "38 minutes" not in html


def test_the_history_lists_its_months_by_year() -> None:
    html = page("fr/history/index.html")
    assert html.index("<h2>2026</h2>") < html.index("novembre") < html.index("octobre")
    assert html.index("octobre") < html.index("<h2>2025</h2>") < html.index('href="2025-12/"')


def test_a_month_lists_what_happened() -> None:
    snapshot = make_demo()
    html = render(snapshot, make_documents(snapshot))["history/2026-11/index.html"].decode()
    assert "<h1>November 2026</h1>" in html
    assert '<a href="../../incidents/webhooksdela/">Webhooks delayed</a>' in html
    assert "11 November 2026</time> · Resolved after 26 minutes" in html


def test_only_changed_documents_are_rendered() -> None:
    snapshot = make_demo()
    files = render(snapshot, Documents(incidents=snapshot.incidents[:1]))
    assert {path for path in files if path.startswith("incidents/")} == {
        "incidents/paymentscann/index.html",
        "incidents/paymentscann.json",
    }


def test_the_missing_page_links_from_wherever_it_stands() -> None:
    html = page("404.html", page=make_page(url="https://example.com/status"))
    assert '<a href="https://example.com/status/">See how everything is now</a>' in html
