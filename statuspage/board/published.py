"""The panel of what is published where: each target's release, its age, and whether customers get it.

Green is only what was seen at its public address and is not overdue.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitors.models import Page
from statuspage import receipts, standing
from statuspage.models import Target
from statuspage.releases import HEARTBEAT

NAME = gettext_lazy("Published")
TEMPLATE = "admin/board/published.html"
SIDE = True
PERMISSION = "statuspage.view_target"

# A page says of itself that it is good for so long.
GOOD = timedelta(seconds=150)


@dataclass(frozen=True, slots=True)
class Row:
    """One target; `tone` of a badge, what is wrong with it in words."""

    target: Target
    tone: str
    label: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A page with its targets, what it last released, and when the next release is due."""

    page: Page
    rows: tuple[Row, ...]
    sequence: int
    next_at: datetime | None


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """Every page with its targets; None where there is no page."""
    if not pages:
        return None
    found = (
        Target.objects.filter(page__in=pages)
        .select_related("page", "page__publishing")
        .defer("page__dead_man_url")
    )
    targets = list(found.order_by("page", "id"))
    published = [_of(page, [each for each in targets if each.page_id == page.pk], now) for page in pages]
    tones = {row.tone for each in published for row in each.rows}
    return {"published": published, "tone": next((tone for tone in ("major", "minor") if tone in tones), "")}


def _of(page: Page, targets: Sequence[Target], now: datetime) -> Published:
    enabled = [target for target in targets if target.enabled]
    at = max((target.published_at for target in enabled if target.published_at), default=None)
    return Published(
        page=page,
        rows=tuple(_row(target, now) for target in targets),
        sequence=max((target.sequence for target in enabled), default=0),
        next_at=at + HEARTBEAT if at and now < at + HEARTBEAT else None,
    )


def _row(target: Target, now: datetime) -> Row:
    if not target.enabled:
        return Row(target, "none", _("switched off"), ())
    tone, label = _state(target, now)
    return Row(target, tone, label, tuple(standing.problems(target)))


def _state(target: Target, now: datetime) -> tuple[str, str]:
    """The gravest first: what nobody publishes, what nobody sees, what nobody looked for."""
    if target.page.private:
        return "none", _("private")
    if target.published_at is None:
        return "major", _("never published")
    if target.alarm or target.failures >= standing.MANY:
        return "major", _("failing")
    if now - target.published_at > GOOD:
        return "major", _("stale")
    if target.receipt_error:
        return "major", _("not seen by customers")
    if target.failures:
        return "minor", _("failed, tried again")
    if not receipts.public_url(target):
        return "unknown", _("published, nobody looks")
    if target.receipt_sequence != target.sequence:
        return "unknown", _("published, not seen yet")
    return "ok", _("seen")
