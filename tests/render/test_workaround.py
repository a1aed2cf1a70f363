"""What readers can do meanwhile stands before the updates wherever an open incident is told of."""

import json
from dataclasses import replace

import pytest

from statuspage.document import as_json, snapshot_from
from statuspage.emergency import changes
from statuspage.render import events, outage, text
from statuspage.render.feed_atom import atom
from statuspage.render.index import page
from statuspage.render.pages import happening
from statuspage.snapshot import IncidentState, Snapshot, Text
from tests.emergency.test_changes import make_said
from tests.render.make import NOW, make_incident, make_resolved, make_snapshot

ADVICE = Text("Pay by **invoice**.\n\n- or by phone", "Payez sur **facture**.")


def make_advised(**values: object) -> Snapshot:
    return make_snapshot(incidents=(make_incident(workaround=ADVICE, **values),))


def incident_page(incident: IncidentState, language: str = "en") -> str:
    ((_path, html),) = happening(incident, make_snapshot(incidents=(incident,)), language)
    return html.decode()


def test_it_stands_before_the_updates_on_the_index() -> None:
    html = page(make_advised(), "en")["index.html"].decode()
    assert "Pay by <strong>invoice</strong>." in html
    assert html.index("<b>Workaround</b>") < html.index("A fix is")


def test_it_stands_on_every_card_of_an_open_incident() -> None:
    others = tuple(make_incident(f"Other {number}", workaround=ADVICE) for number in range(3))
    html = page(make_snapshot(incidents=others), "en")["index.html"].decode()
    assert html.count("Pay by <strong>invoice</strong>.") == 3


def test_it_stands_before_the_updates_on_the_page_of_the_incident_until_it_is_over() -> None:
    html = incident_page(make_incident(workaround=ADVICE))
    assert html.index("<b>Workaround</b>") < html.index('id="update000000"')
    assert "invoice" not in incident_page(make_resolved("Past", 1, 10, workaround=ADVICE))


def test_one_language_stands_in_for_the_other_and_says_so() -> None:
    html = incident_page(make_incident(workaround=Text("Pay by invoice.")), "fr")
    assert '<div lang="en"><p>Pay by invoice.</p></div>' in html


def test_nothing_stands_where_there_is_none() -> None:
    assert "Workaround" not in page(make_snapshot(incidents=(make_incident(),)), "en")["index.html"].decode()
    assert "Workaround" not in incident_page(make_incident())


def test_the_waiting_page_and_the_text_for_terminals_tell_it_first() -> None:
    waiting = dict(outage.files(make_advised(), "en"))["outage/503.html"].decode()
    assert waiting.index("invoice") < waiting.index("A fix is")
    told = text.text(make_advised(), "en").decode()
    assert "  Workaround:\n  Pay by invoice.\n" in told
    assert told.index("invoice") < told.index("A fix is")


def test_feeds_tell_it_while_the_incident_goes_on() -> None:
    assert b"Pay by &lt;strong&gt;invoice" in atom(make_advised(), "en")
    past = make_snapshot(incidents=(make_resolved("Past", 1, 10, workaround=ADVICE),))
    assert b"invoice" not in atom(past, "en")


def test_events_tell_it_with_the_newest_step_alone() -> None:
    told = json.loads(events.events(make_advised()))["events"]
    assert [event["data"]["workaround"] for event in told] == [{}, {"en": ADVICE.en, "fr": ADVICE.fr}]


def test_the_emergency_tool_keeps_it() -> None:
    before = make_advised()
    after = changes.updated(before, before.incidents[0].id, make_said(status="identified"))
    assert after.incidents[0].workaround == ADVICE


def test_a_release_from_before_there_were_any_is_read_and_nothing_else_may_be_missing() -> None:
    document = as_json(make_advised())
    del document["incidents"][0]["workaround"]
    read = snapshot_from(document)
    assert read.incidents == (replace(make_advised().incidents[0], workaround=Text("")),)
    assert read.generated_at == NOW
    del document["incidents"][0]["next_update_at"]
    with pytest.raises(KeyError):
        snapshot_from(document)
