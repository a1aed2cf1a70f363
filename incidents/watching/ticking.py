"""Asks, every second, whether monitoring has something to do by itself; where it has not, in one statement.

Each outbreak is a transaction of its own, so that one that fails holds up no other, and locks are taken in
the order of the verbs that post.
"""

import logging
from datetime import datetime

from django.db import OperationalError, transaction

from incidents.models import Outbreak
from incidents.watching import case, gathering, observed, posting, proposing
from monitors.models import Page

logger = logging.getLogger(__name__)


def tick(now: datetime) -> int:
    """Does whatever is due. Returns on how many pages something goes on."""
    pages = observed.due(now)
    for key in pages:
        try:
            _look(key, now)
        except OperationalError:
            raise
        except Exception:
            logger.exception("Monitoring could not act on page %s", key)
    return len(pages)


def _look(key: int, now: datetime) -> None:
    # Nothing here needs the one field that cannot be read without its key.
    page = Page.every.defer("dead_man_url").filter(pk=key).first()
    if page is None:
        return
    gathering.gather(page, now)
    for outbreak in Outbreak.objects.filter(page=key, ended_at=None).values_list("pk", flat=True):
        react(outbreak, now)


@transaction.atomic
def react(key: int, now: datetime) -> None:
    """Does what is due about one outbreak; one that somebody else looks at just now is left to them."""
    free = Outbreak.objects.select_for_update(of=("self",), skip_locked=True).select_related("page")
    outbreak = free.defer("page__dead_man_url").filter(pk=key, ended_at=None).first()
    if outbreak is None:
        return
    present = case.read(outbreak, now)
    if outbreak.policy == "open":
        posting.go_on(present)
    else:
        proposing.begin(present)
    if (present.quiet or present.abandoned) and not outbreak.draft_id:
        outbreak.ended_at = now
        outbreak.save(update_fields=["ended_at"])
        outbreak.stricken.update(over=True)
