"""What others than readers fetch: badges, the widget, pictures, icons, and the well-known files. Pure."""

from collections.abc import Iterator

from django.utils import translation

from statuspage.render import badges, crawlers, embed, icons, social, wellknown
from statuspage.render.languages import languages
from statuspage.render.times import Clock
from statuspage.render.verdict import verdict
from statuspage.snapshot import Snapshot


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """All of them; none changes before the page says something else."""
    page = snapshot.page
    clock = Clock(page.time_zone, snapshot.generated_at)
    tone = verdict(snapshot, page.default_language, clock).tone
    told = {
        path: content for language in languages(page) for path, content in _said(snapshot, language, clock)
    }
    return (
        told
        | {"favicon.svg": icons.favicon(tone)}
        | embed.script(page)
        | social.files(page, tone)
        | crawlers.files(snapshot)
        | wellknown.files(snapshot)
    )


def _said(snapshot: Snapshot, language: str, clock: Clock) -> Iterator[tuple[str, bytes]]:
    with translation.override(language):
        answer = verdict(snapshot, language, clock)
        yield from badges.pages(snapshot, answer.tone, language)
        yield from embed.pages(snapshot, answer, language)
