"""The pages beside the index."""

import json
from datetime import timedelta

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from monitors.status import Status
from statuspage.render import render
from statuspage.render.components import notes
from statuspage.render.times import Clock
from statuspage.snapshot import Change, Documents, Emergency, Run, Text
from tests.render.make import (
    NOW,
    make_component,
    make_demo,
    make_documents,
    make_history,
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


def test_a_promise_that_ran_out_is_said_to_be_late_wherever_it_stands() -> None:
    late = make_incident(next_update_at=NOW - timedelta(minutes=5))
    snapshot = make_snapshot(incidents=(late,))
    files = render(snapshot, Documents(incidents=(late,)))
    said = "22 November 2026, 14:35 UTC and is late"
    for path in (f"incidents/{late.id}/index.html", "outage/503.html", "status.txt"):
        text = " ".join(strip_tags(files[path].decode()).split())
        assert f"was promised by {said}" in text, path
    for path in (f"fr/incidents/{late.id}/index.html", "fr/outage/503.html"):
        french = " ".join(strip_tags(files[path].decode()).split())
        assert "était promise avant le 22 novembre 2026 à 14 h 35 UTC et est en retard" in french, path


def test_french_says_le_before_a_date_alone() -> None:
    off = make_component(status=Status.MAJOR_OUTAGE, since=NOW)
    with translation.override("fr"):
        (dated,) = notes(off, Clock("Etc/UTC"))
        (today,) = notes(off, Clock("Etc/UTC", NOW))
    assert dated.startswith("depuis le <time")
    assert today.startswith("depuis <time")


def test_the_history_lists_its_months_by_year() -> None:
    html = page("fr/history/index.html")
    assert html.index("<h2>2026</h2>") < html.index("Novembre") < html.index("Octobre")
    assert html.index("Octobre") < html.index("<h2>2025</h2>") < html.index('href="2025-12/"')


def test_a_month_lists_what_happened() -> None:
    snapshot = make_demo()
    html = render(snapshot, make_documents(snapshot))["history/2026-11/index.html"].decode()
    assert "<h1>November 2026</h1>" in html
    assert '<a href="../../incidents/webhooksdela/">Webhooks delayed</a>' in html
    assert "11 November 2026</time> · Resolved after 26 minutes" in html


def test_only_changed_documents_are_rendered() -> None:
    snapshot = make_demo()
    files = render(snapshot, Documents(incidents=snapshot.incidents[:1]))
    assert {path for path in files if path.startswith("incidents/")} == {"incidents/paymentscann/index.html"}


def test_the_missing_page_speaks_every_language_and_links_from_wherever_it_stands() -> None:
    html = page("404.html", page=make_page(url="https://example.com/status", default_language="fr"))
    assert '<a href="https://example.com/status/en/">See how everything is now</a>' in html
    assert '<a href="https://example.com/status/">' in html
    assert html.index('<div lang="fr">') < html.index('<div lang="en">')


def test_a_component_has_a_page_with_its_days_and_what_was_said_of_it() -> None:
    bad = Run(1, Status.MAJOR_OUTAGE, ((Status.MAJOR_OUTAGE, 300),))
    part = make_component(
        tags=("Pro plan",),
        history=make_history(bad, Run(2, Status.OPERATIONAL)),
        status=Status.PARTIAL_OUTAGE,
    )
    other = make_incident("Slow search")
    mine = make_incident(component_ids=(part.id,))
    html = page(f"components/{part.slug}/index.html", components=(part,), incidents=(mine, other))
    assert "<h1>Checkout</h1>" in html
    assert "Partial outage" in html
    assert '<th scope="row">20 November</th><td>major outage for 5 minutes</td>' in html
    assert '<td class="major">20<svg' in html
    assert "November 2026</caption>" in html
    assert '<a href="../../incidents/paymentscann/">' in html
    assert "Slow search" not in html
    assert '<a href="../../tags/pro-plan/">Pro plan</a>' in html
    assert 'href="maintenance.ics"' in html


def test_a_tag_has_a_page_with_what_carries_it() -> None:
    parts = (make_component(tags=("Région",)), make_component("Search", tags=("région", "日本")))
    snapshot = make_snapshot(components=(*parts, make_component("Users")))
    files = render(snapshot, make_documents(snapshot))
    html = files["tags/region/index.html"].decode()
    assert "Checkout" in html
    assert "Search" in html
    assert "Users" not in html
    assert len([path for path in files if path.startswith("tags/")]) == 2


def test_the_uptime_page_tells_the_days_of_every_component_in_words() -> None:
    bad = Run(1, Status.MAJOR_OUTAGE, ((Status.MAJOR_OUTAGE, 300),))
    html = page("fr/uptime/index.html", components=(make_component(history=make_history(bad)),))
    assert "disponibilité 99,871\xa0%" in html
    assert "22 novembre</th><td>panne majeure pendant 5 minutes" in html.replace("\xa0", " ")
    assert "août 2026</caption>" in html


def test_an_update_posted_in_an_emergency_says_so_wherever_it_stands() -> None:
    until = NOW + timedelta(hours=4)
    values = {
        "incidents": (make_incident(updates=(make_update(emergency=True),)),),
        "emergency": Emergency(NOW, until),
        "good_until": until,
    }
    for path in ("index.html", "incidents/paymentscann/index.html"):
        assert "posted by emergency procedure" in page(path, **values)
    index = strip_tags(page("index.html", **values))
    assert "Posted by emergency procedure" in index
    assert "Next update by 18:40 UTC" in index
    assert "refreshed every minute" not in index
    assert "Publié par la procédure d’urgence" in page("fr/index.html", **values)
    assert "mergency" not in page("index.html")


def test_an_update_says_when_it_was_written_down_much_later() -> None:
    late = make_update(created_at=NOW, display_at=NOW - timedelta(hours=1))
    assert "written down at" in page(
        "incidents/paymentscann/index.html", incidents=(make_incident(updates=(late,)),)
    )


def test_the_search_reads_titles_in_both_languages_by_month() -> None:
    part = make_component()
    snapshot = make_snapshot(
        components=(part,),
        incidents=(make_incident(component_ids=(part.id, "hidden000000")),),
        maintenances=(make_maintenance(),),
    )
    titles = json.loads(render(snapshot, make_documents(snapshot))["history/2026-11.json"])
    assert titles[1] == {
        "id": "paymentscann",
        "en": "Payments cannot be completed",
        "fr": "Les paiements n’aboutissent pas",
        "on": "2026-11-22",
        "components": ["checkoutxxxx"],
    }
    assert [title["id"] for title in titles] == ["networkmaint", "paymentscann"]


@pytest.mark.parametrize(
    ("path", "subject", "button"),
    [
        ("incidents/paymentscann", "incident:paymentscann", "Tell me about this incident"),
        ("fr/incidents/paymentscann", "incident:paymentscann", "Me prévenir pour cet incident"),
        ("incidents/networkmaint", "maintenance:networkmaint", "Tell me about this maintenance"),
        ("fr/incidents/networkmaint", "maintenance:networkmaint", "Me prévenir pour cette maintenance"),
    ],
)
def test_whoever_waits_for_one_incident_or_maintenance_can_follow_it_alone(
    path: str, subject: str, button: str
) -> None:
    incident, work = make_incident(status="monitoring"), make_maintenance(status="scheduled")
    html = page(f"{path}/index.html", incidents=(incident,), maintenances=(work,))
    form = html[html.index("<form") : html.index("</form>")]
    assert '<form action="https://app.acme.example/subscribe/' in form
    assert 'method="post"' in form
    assert f'name="subject" value="{subject}"' in form
    assert f'name="language" value="{"fr" if path.startswith("fr") else "en"}"' in form
    assert 'type="email" name="email"' in form
    assert f"<button>{button}</button>" in form


@pytest.mark.parametrize("status", ["resolved", "postmortem"])
def test_nobody_waits_for_an_incident_that_is_over(status: str) -> None:
    incident = make_incident(status=status, resolved_at=NOW)
    assert "<form" not in page(f"incidents/{incident.id}/index.html", incidents=(incident,))


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_nobody_waits_for_a_maintenance_that_is_over(status: str) -> None:
    work = make_maintenance(status=status)
    assert "<form" not in page(f"incidents/{work.id}/index.html", maintenances=(work,))
