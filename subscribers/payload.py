"""What a notice says: complete in itself, so that sending reads nothing else.

It is kept as JSON and sent to webhooks nearly as it is: a field may be added, never renamed.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, TypedDict

from subscribers.background import Background

Texts = dict[str, str]


class Affected(TypedDict):
    """A component and the status that this step gives it."""

    id: str
    name: Texts
    status: str


class PageName(TypedDict):
    """The page that speaks; `url` is its public address without a slash at the end."""

    id: str
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePayload:
    """One step of an incident or maintenance, or of a component: then with `old_status`.

    Texts are keyed by language ("en", "fr"; a missing one is left out or empty), bodies are Markdown,
    times are ISO 8601 with an offset, `url` is the absolute permanent address without a language.
    """

    kind: str
    public_id: str
    title: Texts
    status: str
    impact: str
    body: Texts
    at: str
    started_at: str | None
    url: str
    update_id: str
    page: PageName
    components: tuple[Affected, ...] = ()
    # Who is affected until it is over; by language, on one line.
    scope: Texts = field(default_factory=dict)
    # What readers can do until it is over; by language, Markdown.
    workaround: Texts = field(default_factory=dict)
    next_update_at: str | None = None
    scheduled_for: str | None = None
    scheduled_until: str | None = None
    old_status: str | None = None
    # When the text of this step was corrected, where this tells so.
    edited_at: str | None = None
    background: Background | None = None

    def as_json(self) -> dict[str, Any]:
        """As plain values for a JSON column."""
        plain = asdict(self) | {"components": list(self.components)}
        return {key: value for key, value in plain.items() if key not in _RARE or value is not None}


# Left out where there is none.
_RARE = ("old_status", "edited_at", "background")


def own_words(stored: dict[str, Any]) -> dict[str, Any]:
    """What as_json() stored without what only stands behind it."""
    return {key: value for key, value in stored.items() if key != "background"}


def payload_from(stored: dict[str, Any]) -> NoticePayload:
    """What as_json() stored. Raises TypeError or KeyError where it is not such a thing."""
    return NoticePayload(**stored | {"components": tuple(stored["components"])})


def text_in(texts: Texts, language: str) -> str:
    """The text in this language, else in whichever there is."""
    return texts.get(language) or next((text for text in texts.values() if text), "")
