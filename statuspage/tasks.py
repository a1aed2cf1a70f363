"""The publish queue's edges: look whether a page differs, look whether a target is behind."""

import logging
from datetime import datetime

from celery import current_app, shared_task
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from monitors.models import Page
from statuspage import offsite, releases
from statuspage.installation import installation
from statuspage.models import Target
from statuspage.push import behind, push, unmade

log = logging.getLogger(__name__)


@shared_task(name="statuspage.tasks.publish")
def publish() -> None:
    """Makes the releases that are due and asks for every target behind to be pushed."""
    now = timezone.now()
    for page in Page.objects.all():
        _make(page, now)
    for target in behind(timezone.now()):
        current_app.send_task("statuspage.tasks.push", args=[target.pk], queue="publish", expires=2)


def _make(page: Page, now: datetime) -> None:
    """Makes the release of one page if it is due; one that fails holds up no other."""
    try:
        if releases.due(page, now):
            releases.make(page, timezone.now(), installation())
    except OperationalError:
        raise
    except Exception as error:
        log.exception("Page %s could not be made", page.pk)
        unmade(page.pk, error)


@shared_task(name="statuspage.tasks.push")
def push_target(target_id: int) -> None:
    """Brings one target to the newest release; a target that was deleted meanwhile is left."""
    target = Target.objects.filter(pk=target_id).select_related("page").first()
    if target is not None:
        push(target, timezone.now())


@shared_task(name="statuspage.tasks.export")
def export() -> None:
    """Asks for the list of subscribers wherever it is old or says something else by now."""
    for target in offsite.due(timezone.now(), settings.APP_URL):
        current_app.send_task("statuspage.tasks.write_list", args=[target.pk], queue="publish", expires=20)


@shared_task(name="statuspage.tasks.write_list")
def write_list(target_id: int) -> None:
    """Leaves the list of subscribers at one target; a target that was deleted meanwhile is left."""
    target = Target.objects.filter(pk=target_id).select_related("page").first()
    if target is not None:
        offsite.write(target, timezone.now(), settings.APP_URL)
