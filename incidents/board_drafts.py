"""The panel to begin from: the templates that declare something, and what is not finished yet.

Three statements for all pages; nothing where there is neither a template nor a draft.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents.models import Draft, Template
from monitors.models import Page

NAME = _("Declare in a moment")
TEMPLATE = "admin/board/drafts.html"
SIDE = False
PERMISSION = "incidents.add_incident"
# On the board; the form has all of them.
MOST = 6


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """For each page its templates; then one's own drafts and what monitoring proposes, newest first."""
    titled = Template.objects.filter(Q(page__in=pages) | Q(page=None), kind=Template.Kind.INCIDENT)
    templates = list(titled.exclude(title_en="", title_fr=""))
    mine = Draft.objects.filter(Q(author=user) | Q(author=None), page__in=pages)
    drafts = list(mine.select_related("page", "incident", "maintenance")[:MOST])
    if not templates and not drafts:
        return None
    return {"starts": [(page, _of(page, templates)) for page in pages], "drafts": drafts}


def _of(page: Page, templates: list[Template]) -> list[Template]:
    return [each for each in templates if each.page_id in (None, page.pk)][:MOST]
