"""The panel of who has been told: the newest notices, how many have them, wait for them or could not be told.

The newest is told channel by channel; of those before it, what is not settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.models import Update
from monitors.models import Page
from subscribers.events import COMPONENT, PERSONAL
from subscribers.models import Notice
from subscribers.staff import board, looks
from subscribers.staff.progress import Progress

NAME = gettext_lazy("Who has been told")
TEMPLATE = "admin/board/told.html"
SIDE = False
PERMISSION = "subscribers.view_notice"

RECENT = timedelta(days=7)
# Notices before the newest that are told in a line.
FEW = 3


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier notice that is not settled yet."""

    notice: Notice
    title: str
    total: board.Total


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """The newest notice with its channels, and what is left of those before; None where all is long ago."""
    news = Notice.objects.exclude(event__in=[*PERSONAL, COMPONENT]).select_related("page")
    notices = list(news.filter(page__in=pages, created_at__gt=now - RECENT)[: FEW + 1])
    if not notices:
        return None
    newest, *before = notices
    progress = board.progress(newest.pk, now)
    together = progress[-1] if progress else None
    return {
        "notice": newest,
        "title": looks.title_of(newest),
        "together": together,
        "channels": [(each, _(each.label)) for each in progress[:-1]],
        "held": _held(newest, now) if together and together.waiting else None,
        "before": _unsettled(before),
        "tone": _tone(together),
    }


def _held(notice: Notice, now: datetime) -> Update | None:
    """The update it tells, while that can still be undone."""
    return Update.objects.filter(public_id=notice.public_id, held_until__gt=now).first()


def _unsettled(notices: Sequence[Notice]) -> list[Before]:
    totals = board.totals(notices) if notices else {}
    found = [Before(notice, looks.title_of(notice), totals[notice.pk]) for notice in notices]
    return [each for each in found if each.total.waiting or each.total.failed]


def _tone(together: Progress | None) -> str:
    return "minor" if together and together.failed else ""
