"""What the index shows and hides."""

import re
from datetime import timedelta

from django.utils.html import strip_tags

from monitors.status import Status
from statuspage.render import render
from statuspage.snapshot import Documents, Snapshot, Text
from tests.render.make import (
    NOW,
    make_component,
    make_demo,
    make_group,
    make_incident,
    make_maintenance,
    make_page,
    make_resolved,
    make_snapshot,
    make_update,
)


def index(snapshot: Snapshot, path: str = "index.html") -> str:
    """The index."""
    return render(snapshot, Documents())[path].decode()


def text(html: str) -> str:
    """What a reader reads of it, on one line."""
    return re.sub(r"\s+", " ", strip_tags(re.sub(r"<(style|script)>.*?</\1>|<(?!/?time)", " <", html)))


def test_it_says_as_of_when_it_speaks() -> None:
    assert (
        "As of 14:40:12 UTC, refreshed every minute. If that is more than three minutes ago, "
        "this page itself is out of date."
    ) in text(index(make_snapshot()))
    assert "État à 14\xa0h\xa040\xa0min\xa012\xa0s UTC" in strip_tags(index(make_snapshot(), "fr/index.html"))


def test_it_says_when_anything_was_last_checked() -> None:
    assert "Last check 14:40:02 UTC" in text(index(make_snapshot()))


def test_troubled_groups_are_open_and_healthy_ones_folded() -> None:
    html = index(make_demo())
    assert len(re.findall(r'<details class="g" open>', html)) == 3
    assert len(re.findall(r'<details class="g">', html)) == 2
    assert "Checkout: major outage and Search: degraded performance" in text(html)
    assert "5 components, all operational" in text(html)


def test_a_component_that_shows_only_in_trouble_is_hidden_until_then() -> None:
    fine = make_component(only_show_if_degraded=True)
    other = make_component("Search")
    group = make_group("Empty")
    hidden = make_component("Hidden", only_show_if_degraded=True, group_id=group.id)
    assert "Checkout" not in index(make_snapshot(components=(fine, other)))
    assert "Empty" not in index(make_snapshot(components=(hidden, other), groups=(group,)))
    bad = make_component(only_show_if_degraded=True, status=Status.PARTIAL_OUTAGE)
    assert "Checkout" in index(make_snapshot(components=(bad, other)))


def test_a_component_says_who_says_so() -> None:
    said = text(index(make_snapshot(components=(make_component(declared=True), make_component("Search")))))
    assert said.count("· declared") == 1
    assert said.count("“Declared” means that our team says so; nothing measures it.") == 1
    assert "eclared" not in text(index(make_snapshot(components=(make_component(),))))
    part = make_component(status=Status.UNKNOWN, checked_at=NOW - timedelta(minutes=26))
    assert "not checked since 14:14 UTC" in text(index(make_snapshot(components=(part,))))


def test_it_shows_the_latest_three_updates_and_links_the_rest() -> None:
    updates = tuple(make_update(old, body=Text(f"Step {old}.")) for old in range(10))
    html = index(make_snapshot(incidents=(make_incident(updates=updates),)))
    assert [f"Step {old}." in html for old in range(10)] == [True] * 3 + [False] * 7
    assert "2 earlier updates" in html
    assert '<a href="incidents/paymentscann/">All 10 updates</a>' in html


def test_other_incidents_stand_below_the_first() -> None:
    html = index(make_snapshot(incidents=(make_incident(), make_incident("Slow search", impact="minor"))))
    assert "1 more incident is open. See below" in text(html)
    assert html.index("Also happening") < html.index("Slow search") < html.index("Components")


def test_two_weeks_are_told_by_day_and_quiet_days_in_few_words() -> None:
    snapshot = make_snapshot(
        incidents=(make_resolved("Webhooks delayed", 11, 26), make_resolved("Long ago", 40, 5)),
        maintenances=(
            make_maintenance(
                "Storage move",
                status="completed",
                scheduled_for=NOW - timedelta(days=8),
                scheduled_until=NOW - timedelta(days=8) + timedelta(hours=2),
                completed_at=NOW - timedelta(days=8),
            ),
        ),
    )
    past = text(index(snapshot)).partition("Past two weeks")[2].partition("Everything before")[0]
    assert re.sub(r" +", " ", past).strip() == (
        "15–22 November No incidents "
        "14 November Storage move Completed · 14 November, 14:40–16:40 UTC "
        "12–13 November No incidents "
        "11 November Webhooks delayed Resolved after 26 minutes "
        "8–10 November No incidents"
    )


def test_planned_work_stands_below_and_work_in_progress_above() -> None:
    html = index(make_demo())
    assert (
        html.index("Maintenance in progress") < html.index(">Components<") < html.index("Planned maintenance")
    )


def test_the_rule_of_uptime_stands_on_the_page() -> None:
    words = text(index(make_snapshot()))
    assert "major outage counts 100%, of a partial outage 30%, of degraded performance 0%" in words
    assert "rounded down, never up" in words
    assert "Figures as of 14:00 UTC." in words


def test_the_feeds_are_offered_under_the_form() -> None:
    html = index(make_snapshot(), "fr/index.html")
    below = html[html.index("</form>") :]
    assert '<a href="../fr/history.atom">' in below
    assert '<a href="../fr/maintenance.ics">Calendrier</a>' in below


def test_a_demonstration_says_so() -> None:
    assert "Demonstration: nothing on this page is real" not in index(make_snapshot())
    assert "Demonstration: nothing on this page is real" in index(make_snapshot(page=make_page(demo=True)))


def test_a_text_in_the_other_language_says_so() -> None:
    incident = make_incident(updates=(make_update(body=Text("Only *English*.")),))
    html = index(make_snapshot(incidents=(incident,)), "fr/index.html")
    assert '<div lang="en"><p>Only <em>English</em>.</p></div><p> <small>(en anglais)</small></p>' in html


def test_the_zone_is_named() -> None:
    html = index(make_snapshot(page=make_page(time_zone="Europe/Paris")))
    assert "Times are in Europe/Paris." in html
    assert "As of 15:40:12 CET" in text(html)
