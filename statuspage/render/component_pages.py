"""The page of one component: how it is, its 90 days, and what was said of it. Pure.

It says nothing that depends on when it was made, but until when its figures are told: it changes with
its component, and with the incidents and maintenances that name it.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext as _

from monitors.latency.course import Course
from monitors.proving.proof import Proof
from statuspage.render import bars, figures, frame, involved, latency_chart, proved, words
from statuspage.render.components import link, notes, watched_from
from statuspage.render.facts import Fact
from statuspage.render.languages import Place, prefix
from statuspage.render.month_tables import months
from statuspage.render.tag_names import named
from statuspage.render.times import Clock, long_date
from statuspage.snapshot import ComponentState, Snapshot


def page(
    component: ComponentState,
    snapshot: Snapshot,
    language: str,
    proof: Proof | None = None,
    *,
    summed: bool = False,
    course: Course = (),
) -> Iterator[tuple[str, bytes]]:
    """The page of one component; without `proof` it leaves out what only that tells.

    `summed`: the pages that show the sums of its figures stand beside it. `course` is its latency day by day.
    """
    content = _content(component, snapshot, language)
    content["latency"] = latency_chart.view(course)
    if proof is not None:
        content["proved"] = proved.view(proof, snapshot.page, language, summed=summed)
    place = Place(prefix(snapshot.page, language), link(component))
    title = component.name.in_(language)
    styles = (frame.STYLE, frame.DETAIL)
    yield (
        place.path,
        frame.html("component_page.html", snapshot.page, language, place, title, content, styles=styles),
    )


def _content(component: ComponentState, snapshot: Snapshot, language: str) -> dict[str, Any]:
    clock = Clock(snapshot.page.time_zone)
    since = watched_from(component, clock)
    return {
        "tone": words.TONES[component.status],
        "status": words.status_word(component.status),
        "notes": list(notes(component, clock)),
        "declared": component.declared,
        "name": words.name(component.name, language),
        "about": words.title(component.description, language),
        "facts": list(_facts(component, snapshot, language, since)),
        "tags": named(component.tags),
        "bar": bars.bar(component.history),
        "problems": bars.problems(component.history, since),
        "months": months(component.history),
        "slug": component.slug,
        "parts": involved.parts(snapshot, {component.id}, language, clock),
    }


def _facts(
    component: ComponentState, snapshot: Snapshot, language: str, watched: date | None
) -> Iterator[Fact]:
    yield Fact(_("Past 90 days"), escape(figures.uptime(component.history)))
    if watched is not None and watched > component.history.first_day:
        yield Fact(_("Watched since"), escape(long_date(watched)))
    for group in snapshot.groups:
        if group.id == component.group_id:
            yield Fact(_("Group"), words.name(group.name, language))
