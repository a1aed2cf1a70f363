"""What stands behind one step of a notice: told where a whole incident is asked for. Pure.

Kept with the notice, so that sending reads nothing else; texts are in the page's default language,
bodies in Markdown, times ISO 8601 with an offset.
"""

from typing import TypedDict


class Changed(TypedDict):
    """What an update said of a component; `name` goes after its group's."""

    id: str
    name: str
    old_status: str
    new_status: str


class Said(TypedDict):
    """One update; `notified` says whether subscribers were told of it."""

    id: str
    status: str
    body: str
    created_at: str
    at: str
    notified: bool
    changes: list[Changed]


class Part(TypedDict):
    """A component as the page shows it now."""

    id: str
    name: str
    status: str
    created_at: str
    updated_at: str
    position: int
    description: str
    group_id: str | None


class Background(TypedDict):
    """How the page stands as a whole, the components concerned, and all that was said, newest first.

    The three times are an incident's or a maintenance's; of a component they say nothing.
    """

    indicator: str
    description: str
    parts: list[Part]
    said: list[Said]
    created_at: str | None
    monitoring_at: str | None
    resolved_at: str | None
