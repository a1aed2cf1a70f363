"""Who is affected stands first wherever an open incident is told of; corrected updates say when."""

import json
from datetime import timedelta

from statuspage.document import as_json, snapshot_from
from statuspage.render import events, outage, text
from statuspage.render.api import files as api
from statuspage.render.feed_atom import atom
from statuspage.render.index import page
from statuspage.render.pages import happening
from statuspage.snapshot import IncidentState, Snapshot, Text
from tests.render.make import NOW, make_incident, make_resolved, make_snapshot, make_update

SCOPE = Text("Only cards <of> one bank", "Seulement les cartes d’une banque")
ADVICE = Text("Pay by **invoice**.")


def make_limited(**values: object) -> Snapshot:
    return make_snapshot(incidents=(make_incident(scope=SCOPE, workaround=ADVICE, **values),))


def incident_page(incident: IncidentState, language: str = "en") -> str:
    ((_path, html),) = happening(incident, make_snapshot(incidents=(incident,)), language)
    return html.decode()


def test_it_stands_before_the_workaround_everywhere() -> None:
    waiting = dict(outage.files(make_limited(), "en"))["outage/503.html"].decode()
    index = page(make_limited(), "en")["index.html"].decode()
    for html in (index, waiting, incident_page(make_limited().incidents[0])):
        assert html.index("Only cards &lt;of&gt; one bank") < html.index("invoice") < html.index("A fix is")
    told = text.text(make_limited(), "en").decode()
    assert told.index("Who is affected: Only cards") < told.index("invoice")
    feed = atom(make_limited(), "en").decode()
    assert feed.index("Only cards &amp;lt;of") < feed.index("invoice")
    newest = json.loads(events.events(make_limited()))["events"][-1]
    assert newest["data"]["scope"] == {"en": SCOPE.en, "fr": SCOPE.fr}


def test_it_goes_when_it_is_over_and_is_nowhere_where_there_is_none() -> None:
    assert "Only cards" not in incident_page(make_resolved("Past", 1, 10, scope=SCOPE))
    assert "Who is affected" not in incident_page(make_incident())


def test_it_is_read_from_a_release_and_may_be_missing_there() -> None:
    document = as_json(make_limited())
    assert snapshot_from(document) == make_limited()
    for incident in document["incidents"]:
        del incident["scope"]
        for update in incident["updates"]:
            del update["edited_at"]
    del document["withdrawn"]
    assert snapshot_from(document).incidents[0].scope == Text("")


def test_a_corrected_update_says_when_on_the_page_in_feeds_and_in_the_api() -> None:
    edited = NOW - timedelta(minutes=2)
    incident = make_incident(updates=(make_update(0, edited_at=edited), make_update(1)))
    snapshot = make_snapshot(incidents=(incident,))
    hour = edited.strftime("%H:%M")
    assert incident_page(incident).count("edited at") == 1
    assert hour in incident_page(incident).partition("edited at")[2][:80]
    assert "edited at" in atom(snapshot, "en").decode()
    assert f"<updated>{edited:%Y-%m-%dT%H:%M:%S}" in atom(snapshot, "en").decode()
    told = json.loads(api(snapshot)["api/v2/incidents.json"])["incidents"][0]["incident_updates"]
    assert told[0]["updated_at"] > told[0]["created_at"]
    assert told[1]["updated_at"] == told[1]["created_at"]
