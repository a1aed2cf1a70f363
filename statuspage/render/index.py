"""The index: everything a customer asks in an outage, the answer first. Pure.

With the heartbeat files it is all that may carry the time of publishing.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from statuspage.render import engine, facts, frame, social, tags, timeline
from statuspage.render.components import groups, shown
from statuspage.render.fortnight import fortnight
from statuspage.render.languages import Place, prefix
from statuspage.render.rule import rule
from statuspage.render.times import Clock, machine
from statuspage.render.verdict import Verdict, verdict
from statuspage.snapshot import Snapshot

# So many components are seen at a glance: only beyond them, or by tags, there is something to pick.
MANY = 8


def page(snapshot: Snapshot, language: str) -> dict[str, bytes]:
    """The index in one language."""
    clock = Clock(snapshot.page.time_zone, snapshot.generated_at)
    answer = verdict(snapshot, language, clock)
    content = _content(snapshot, answer, language, clock)
    place = Place(prefix(snapshot.page, language), "")
    scripts = (frame.AGE, *((engine.LOADER,) if content["filter"] else ()))
    title = answer.headline.plain
    html = frame.html("index.html", snapshot.page, language, place, title, content, scripts=scripts)
    return {place.path: html}


def _content(snapshot: Snapshot, answer: Verdict, language: str, clock: Clock) -> dict[str, Any]:
    subject = answer.subject
    upcoming = [work for work in snapshot.upcoming if work is not subject]
    current = [work for work in upcoming if work.status != "scheduled"]
    planned = [work for work in upcoming if work.status == "scheduled"]
    incidents = [incident for incident in snapshot.open_incidents if incident is not subject]
    listed = shown(snapshot)
    known = {component.id: component.name for component in snapshot.components}

    def cards(happenings: Sequence[timeline.Happening]) -> list[timeline.Card]:
        return [timeline.card(happening, known, language, clock) for happening in happenings]

    return {
        "tone": answer.tone,
        "made": machine(snapshot.generated_at),
        "until": machine(snapshot.good_until),
        "description": answer.headline.plain,
        "picture": social.address(snapshot.page, answer.tone, language),
        "headline": answer.headline.html,
        "lead": answer.lead,
        "hero": cards([subject])[0] if subject else None,
        "named": answer.named,
        "ask": answer.tone == "ok",
        "facts": (*answer.facts, *facts.last_check(snapshot, clock)),
        "emergency": _emergency(snapshot, clock),
        "as_of": _as_of(snapshot, clock),
        "open": cards(incidents),
        "open_title": _("Also happening") if subject else _("What is happening"),
        "others_link": bool(subject and incidents),
        "current": cards(current),
        "planned": cards(planned),
        "tags": tags.every(listed),
        "filter": len(listed) > MANY or any(component.tags for component in listed),
        "groups": groups(snapshot, language, clock),
        "declared": any(component.declared for component in listed),
        "rule": _rule(snapshot, clock),
        "days": fortnight(snapshot, language, clock),
        "subscribe": frame.subscribe(snapshot.page),
        "report": frame.report(snapshot.page, language),
    }


def _as_of(snapshot: Snapshot, clock: Clock) -> SafeString:
    if snapshot.emergency is not None:
        return format_html(_("As of {time}."), time=clock.to_the_second(snapshot.generated_at))
    return format_html(
        _(
            "As of {time}, refreshed every minute. If that is more than three minutes ago, "
            "this page itself is out of date."
        ),
        time=clock.to_the_second(snapshot.generated_at),
    )


def _emergency(snapshot: Snapshot, clock: Clock) -> SafeString | str:
    """Who made this while we could not, and until when it stands."""
    if snapshot.emergency is None:
        return ""
    return format_html(
        _(
            "Posted by emergency procedure: our own systems do not answer, and nobody measures what "
            "stands here. Next update by {time}; after that, do not rely on this page."
        ),
        time=clock.moment(snapshot.emergency.until),
    )


def _rule(snapshot: Snapshot, clock: Clock) -> list[str | SafeString]:
    lines: list[str | SafeString] = [*rule(snapshot.page.weights)]
    until = max((component.history.until for component in snapshot.components), default=None)
    if until is not None:
        lines.append(format_html(_("Figures as of {time}."), time=clock.moment(until)))
    return lines
