"""All files of one release: each language's pages, the API, the feed, the documents. Pure.

Everything but the heartbeat set is a function of what the page says, not of when.
"""

from collections.abc import Iterable, Iterator

from django.utils import translation

from statuspage.render import (
    api,
    component_pages,
    documents,
    elsewhere,
    engine,
    follow,
    index,
    moved,
    outage,
    pages,
    search,
    sum_csv,
    sum_pages,
    tags,
    uptime,
)
from statuspage.render.languages import languages
from statuspage.render.timeline import Happening
from statuspage.snapshot import Documents, Snapshot


def render(snapshot: Snapshot, changed: Documents) -> dict[str, bytes]:
    """Path to content of every file that the snapshot and the changed documents make."""
    files: dict[str, bytes] = {}
    for language in languages(snapshot.page):
        with translation.override(language):
            files.update(_pages(snapshot, changed, language))
            files.update(outage.files(snapshot, language))
    files.update(moved.leads(changed.leads, snapshot.page))
    files.update(moved.pages(_for_people(files, snapshot), snapshot.page))
    files["404.html"] = pages.missing(snapshot)
    files["filter.js"] = engine.asset("filter.js").encode()
    files |= {asset.path: asset.content for asset in changed.assets}
    files.update(sum_csv.files(changed))
    for month in changed.months:
        files.update(search.files(month, snapshot))
    files |= follow.files(snapshot) | elsewhere.files(snapshot)
    return files | api.files(snapshot) | documents.files(snapshot)


def _for_people(files: Iterable[str], snapshot: Snapshot) -> list[str]:
    """The pages of the default language."""
    others = tuple(f"{language}/" for language in languages(snapshot.page))
    return [path for path in files if path.endswith("index.html") and not path.startswith(others)]


def _pages(snapshot: Snapshot, changed: Documents, language: str) -> Iterator[tuple[str, bytes]]:
    yield from index.page(snapshot, language).items()
    yield from pages.history(snapshot, language)
    happenings: list[Happening] = [*changed.incidents, *changed.maintenances]
    for item in happenings:
        yield from pages.happening(item, snapshot, language)
    for month in changed.months:
        yield from pages.month(month, snapshot, language)
    proofs, sums, latencies = dict(changed.proofs), dict(changed.sums), dict(changed.latencies)
    for component in changed.components:
        yield from component_pages.page(
            component,
            snapshot,
            language,
            proofs.get(component.id),
            summed=component.id in sums,
            course=latencies.get(component.id, ()),
        )
    yield from sum_pages.pages(snapshot, changed, language)
    yield from tags.pages(snapshot, changed.components, language)
    if changed.components or not snapshot.components:
        yield from uptime.page(snapshot, language)
