"""The page's state for other people's pages: `/embed.js`, a page for frames, a document for both. Pure.

None of it carries a time: whoever shows it asks the heartbeat whether it still holds.
"""

import json
from collections.abc import Iterator

from django.utils import translation
from django.utils.translation import gettext as _

from statuspage.render import engine, words
from statuspage.render.documents import compact
from statuspage.render.icons import mark
from statuspage.render.languages import Place, languages, prefix
from statuspage.render.verdict import Verdict
from statuspage.snapshot import PageInfo, Snapshot

# Letters of the page's name, for the script to stay small.
NAME = 40
_STATUSES = {tone: status for status, tone in words.TONES.items()}


def pages(snapshot: Snapshot, answer: Verdict, language: str) -> Iterator[tuple[str, bytes]]:
    """The state in one language: `embed.json` and, for frames, `embed/`."""
    page = snapshot.page
    told = _told(answer)
    yield f"{prefix(page, language)}embed.json", compact(told)
    place = Place(prefix(page, language), "embed/")
    content = {
        **told,
        "language": language,
        "name": _name(page),
        "home": place.home,
        "root": place.root,
        "style": engine.asset("embed.css"),
        "policy": _policy(),
    }
    yield place.path, engine.html("embed.html", content)


def script(page: PageInfo) -> dict[str, bytes]:
    """`embed.js`, with the words that it needs when it gets no answer."""
    source = str(engine.asset("embed.js"))
    for name, value in (
        ("__WORDS__", _in_script(dict(_words(page)))),
        ("__UNKNOWN__", mark("unk")),
        ("__STYLE__", engine.asset("embed.css")),
    ):
        source = source.replace(name, value)
    return {"embed.js": source.encode()}


def _told(answer: Verdict) -> dict[str, str]:
    """What the widget says: a headline too, where anything is not as it should be."""
    return {
        "tone": answer.tone,
        "mark": mark(answer.tone),
        "status": words.status_word(_STATUSES[answer.tone]),
        "text": "" if answer.tone == "ok" else answer.headline.plain,
    }


def _words(page: PageInfo) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where each language has its files, the page's name, and what to say without an answer."""
    for language in languages(page):
        with translation.override(language):
            yield language, (prefix(page, language), _name(page), _("Status unknown"))


def _name(page: PageInfo) -> str:
    name = page.name if len(page.name) <= NAME else f"{page.name[:NAME]}…"
    return _("{name}: {status}").format(name=name, status="")


def _in_script(value: object) -> str:
    """JSON that is JavaScript too, in a file of its own."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _policy() -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{engine.hashed('embed.css')}'",
            "script-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
