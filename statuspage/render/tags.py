"""A page for each tag: what carries it and how that is, for whoever has no script to filter with. Pure.

It changes with the components that carry the tag, and never says when it was made.
"""

from collections.abc import Iterable, Iterator

from monitors.status import Status, worst
from statuspage.render import frame, involved, words
from statuspage.render.components import shown, summary, views
from statuspage.render.languages import Place, prefix
from statuspage.render.tag_names import Tag, named, slugs
from statuspage.render.times import Clock
from statuspage.snapshot import ComponentState, Snapshot


def every(components: Iterable[ComponentState]) -> list[Tag]:
    """Every tag that any of the components carries."""
    return named(tag for component in components for tag in component.tags)


def pages(
    snapshot: Snapshot, changed: Iterable[ComponentState], language: str
) -> Iterator[tuple[str, bytes]]:
    """The pages of the tags that changed components carry."""
    touched = {tag.slug for tag in every(changed)}
    for tag in every(snapshot.components):
        if tag.slug in touched:
            yield from _page(tag, snapshot, language)


def _page(tag: Tag, snapshot: Snapshot, language: str) -> Iterator[tuple[str, bytes]]:
    clock = Clock(snapshot.page.time_zone)
    carrying = [component for component in shown(snapshot) if tag.slug in slugs(component.tags)]
    ids = {component.id for component in carrying}
    content = {
        "tone": words.TONES[worst(component.status for component in carrying) or Status.OPERATIONAL],
        "tag": tag.name,
        "summary": summary(carrying, language),
        "components": views(carrying, language, clock),
        "parts": involved.parts(snapshot, ids, language, clock),
    }
    place = Place(prefix(snapshot.page, language), tag.link)
    yield place.path, frame.html("tag.html", snapshot.page, language, place, tag.name, content)
