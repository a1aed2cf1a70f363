"""No command: three questions for a person under stress, a preview, a yes.

What is wrong? Which components? What do you say? An empty answer never publishes anything.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from incidents.lifecycle import OPEN, IncidentStatus, incident_may_become
from monitors.ids import public_id
from monitors.status import Status
from statuspage.emergency import changes, post, preview, saying, show, source, texts, typed
from statuspage.emergency.changes import Said
from statuspage.emergency.desk import Desk
from statuspage.emergency.trouble import Trouble
from statuspage.render.words import status_word, step_word
from statuspage.snapshot import ComponentState, IncidentState, PageInfo, Snapshot, Text

_LANGUAGES = {"en": "English", "fr": "français"}
_NEW = "new"


def add(parser: ArgumentParser) -> None:
    """Its options."""
    parser.epilog = _("“--help” alone lists the commands.")
    saying.add(parser)


def run(given: Namespace, desk: Desk) -> int:
    """Asks, shows, publishes. Raises Trouble."""
    if not desk.console.can_ask:
        raise Trouble(_("There is nobody to answer questions."), _("Scripts use a command: see --help."))
    reading = source.reading(given, desk)
    snapshot = reading.snapshot
    desk.console.say("\n".join(show.lines(desk, reading, everything=False)))
    incident = _about(desk, snapshot)
    title = _title(desk, snapshot.page) if incident is None else incident.title
    status = _status(desk, incident)
    components = {} if status == IncidentStatus.RESOLVED else _components(desk, snapshot)
    body = _body(desk, snapshot.page)
    change = _change(given, incident, title, status, components, body)
    done = saying.perform(given, desk, change, "interactive", reading)
    if done != saying.FAILED and not given.dry_run:
        desk.console.say("\n" + _("Subscribers were not told yet. To tell them: “notify”."))
    return done


def _change(
    given: Namespace,
    about: IncidentState | None,
    title: Text,
    status: IncidentStatus,
    components: Mapping[str, Status],
    body: Text,
) -> saying.Change:
    incident_id, update_id = about.id if about else public_id(), public_id()

    def change(snapshot: Snapshot, now: datetime) -> Snapshot:
        promised = post.promised(status, now, given)
        said = Said(update_id, status, body, components, now, next_update_at=promised)
        if about is None:
            impact = changes.usual_impact(components.values())
            return changes.posted(snapshot, incident_id, title, impact, said)
        return changes.updated(snapshot, incident_id, said)

    return change


def _about(desk: Desk, snapshot: Snapshot) -> IncidentState | None:
    """The first question: a new incident (None), or which of the open ones."""
    incidents = snapshot.open_incidents
    if not incidents:
        return None
    choices = [
        (each.id, _("Go on with: %(title)s") % {"title": preview.word(each.title)}) for each in incidents
    ]
    chosen = desk.console.choose(
        "\n" + _("1. What is it about?"), [*choices, (_NEW, _("Something new"))], incidents[0].id
    )
    return next((each for each in incidents if each.id == chosen), None)


def _title(desk: Desk, page: PageInfo) -> Text:
    while True:
        said = _in_languages(desk, page, "\n" + _("1. What is wrong? One line, as your customers see it."))
        try:
            return texts.title(said)
        except Trouble as trouble:
            desk.console.told(trouble)


def _status(desk: Desk, incident: IncidentState | None) -> IncidentStatus:
    if incident is None:
        return IncidentStatus.INVESTIGATING
    present = IncidentStatus(incident.status)
    choices = [each for each in incident_may_become(present) if each in (*OPEN, IncidentStatus.RESOLVED)]
    named = [(each.value, step_word(each)) for each in choices]
    return IncidentStatus(desk.console.choose(_("Where is it now?"), named, present.value))


def _components(desk: Desk, snapshot: Snapshot) -> dict[str, Status]:
    """The second question."""
    console = desk.console
    console.say("\n" + _("2. Which components? Numbers with commas between; nothing for none or no change."))
    listed = _as_on_the_page(snapshot)
    for number, component in enumerate(listed, 1):
        console.say(f"  {number:3}  {preview.component(component)}")
    chosen = _numbers(desk, len(listed))
    if not chosen:
        return {}
    statuses = [(status.value, status_word(status)) for status in reversed(typed.DECLARABLE)]
    status = Status(console.choose(_("How are they?"), statuses, Status.MAJOR_OUTAGE.value))
    return {listed[number - 1].id: status for number in chosen}


def _as_on_the_page(snapshot: Snapshot) -> list[ComponentState]:
    """Every component in the order in which a person knows them: first what is in no group."""
    places = {group.id: (group.position, group.id) for group in snapshot.groups}
    first = (-1, "")
    return sorted(
        snapshot.components,
        key=lambda each: (places.get(each.group_id or "", first), each.position, each.id),
    )


def _numbers(desk: Desk, last: int) -> list[int]:
    while True:
        parts = desk.console.ask("…").replace(",", " ").split()
        if all(part.isascii() and part.isdigit() and 1 <= int(part) <= last for part in parts):
            return [int(part) for part in parts]
        desk.console.say(_("Type numbers from 1 to %(last)d.") % {"last": last})


def _body(desk: Desk, page: PageInfo) -> Text:
    """The third question."""
    while True:
        question = _("3. What do you say? What customers notice, what you do, when they hear again.")
        said = _in_languages(desk, page, "\n" + question)
        try:
            return texts.body(said)
        except Trouble as trouble:
            desk.console.told(trouble)


def _in_languages(desk: Desk, page: PageInfo, question: str) -> Text:
    desk.console.say(question)
    said = {
        language: desk.console.ask(f"   {_LANGUAGES.get(language, language)}:") for language in page.languages
    }
    return Text(said.get("en", ""), said.get("fr", ""))
