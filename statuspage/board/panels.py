"""What the board is made of: each panel is a module of its own, and none can take the board down.

A panel that fails is shown as failed, by its name; whoever may not see one does not see it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.template.loader import render_to_string
from django_stubs_ext import StrOrPromise

from incidents import board_drafts, board_maintenance, board_regions, board_reports, board_todo
from monitors.models import Page
from statuspage.board import due, published, told, wrong
from statuspage.drill import panel as ready

log = logging.getLogger(__name__)


class Panel(Protocol):
    """A module that says one thing on the board.

    `PERMISSION` ("app.codename", "" for none) is what one needs to see it; `SIDE` puts it into the narrow
    column. Its template gets what `context` returns, `pages`, `now` and `request`, and is shown inside a card
    under `NAME`; `context` may return "heading" (instead of the name) and "tone" (of the card's edge).
    """

    @property
    def NAME(self) -> StrOrPromise: ...

    @property
    def TEMPLATE(self) -> str: ...

    @property
    def SIDE(self) -> bool: ...

    @property
    def PERMISSION(self) -> str: ...

    def context(self, pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
        """What the template shows; None for nothing to show."""


# In the order of the board, each column from above.
PANELS: tuple[Panel, ...] = (
    wrong,
    board_drafts,
    due,
    board_maintenance,
    board_todo,
    board_regions,
    published,
    told,
    board_reports,
    ready,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """One panel as it is shown; without `html` it failed."""

    id: str
    heading: StrOrPromise
    side: bool
    html: str
    tone: str = ""

    @property
    def failed(self) -> bool:
        """Whether it could not be shown."""
        return not self.html


def shown(request: HttpRequest, now: datetime) -> list[Shown]:
    """What the person of this request may see and what has something to say, in order."""
    # Nothing on the board needs the one field that cannot be read without its key.
    pages = list(Page.objects.filter(hidden=False).defer("dead_man_url"))
    user = request.user
    allowed = [panel for panel in PANELS if not panel.PERMISSION or user.has_perm(panel.PERMISSION)]
    found = [_show(panel, request, pages, user, now) for panel in allowed]
    return [each for each in found if each is not None]


def _show(
    panel: Panel, request: HttpRequest, pages: Sequence[Page], user: User | AnonymousUser, now: datetime
) -> Shown | None:
    name = panel.TEMPLATE.rsplit("/", 1)[-1].removesuffix(".html")
    try:
        context = panel.context(pages, user, now)  # type: ignore[arg-type]
        if context is None:
            return None
        html = render_to_string(panel.TEMPLATE, {"pages": pages, "now": now, **context}, request)
    except Exception:
        # Whatever is wrong with one panel, the others are needed now more than ever.
        log.exception("The panel %s of the board failed", name)
        return Shown(name, panel.NAME, panel.SIDE, "")
    heading, tone = context.get("heading") or panel.NAME, context.get("tone", "")
    return Shown(name, heading, panel.SIDE, html, tone)
