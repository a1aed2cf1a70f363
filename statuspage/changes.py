"""What software is told of components: that the page says something else of one than it was told before.

Nobody calls this when a monitor, a person or the time changes a status: it compares what the page says with
what was told, so that nothing is missed and nothing told twice. At most one event per component in 10
minutes; what flaps is told as it is at the end, and that nobody knows is told to nobody.
"""

import logging
from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from incidents import undo
from incidents.behind import Standing
from monitors import bell
from monitors.models import EPOCH, Component, Page, Span
from monitors.status import Status, merge
from statuspage.models import ComponentTold, Turn
from statuspage.turned import Turned, told
from subscribers import outbox
from subscribers.background import Background
from subscribers.channels import CHANNELS
from subscribers.events import COMPONENT
from subscribers.models import State, Subscriber
from subscribers.payload import PageName

log = logging.getLogger(__name__)

QUIET = timedelta(minutes=10)
# As long as `/events.json` tells of it.
KEPT = timedelta(days=31)
# Notices that are written at once.
BATCH = 200


def note(page: Page, now: datetime) -> int:
    """Write down which components turned since they were last told. Returns how many.

    Before a release is made, so that its list of events has them. Of a component that is seen for the
    first time, or again, nothing is told; of what an update says that can still be undone, nothing yet.
    """
    try:
        with transaction.atomic():
            return _note(page, now)
    except IntegrityError:
        log.info("A component of page %s was deleted while it was looked at.", page.pk)
        return 0


def _note(page: Page, now: datetime) -> int:
    shown = _shown(page, now)
    last = {row.component_id: row for row in ComponentTold.objects.filter(component__page=page)}
    _forget(last.keys() - shown.keys())
    new = [ComponentTold(component_id=id_, status=shown[id_], at=EPOCH) for id_ in shown.keys() - last.keys()]
    ComponentTold.objects.bulk_create(new, ignore_conflicts=True)
    turned = [row for id_, row in last.items() if id_ in shown and _is_news(row, shown[id_], now)]
    if turned:
        held = undo.still_held(page, now)
        turned = [row for row in turned if row.component_id not in held]
    Turn.objects.bulk_create(
        Turn(
            page=page,
            component_id=row.component_id,
            old_status=row.status,
            new_status=shown[row.component_id],
            at=now,
        )
        for row in turned
    )
    for row in turned:
        row.status, row.at = shown[row.component_id], now
    if turned:
        ComponentTold.objects.bulk_update(turned, ["status", "at"])
        Turn.objects.filter(page=page, at__lt=now - KEPT).delete()
    return len(turned)


def _shown(page: Page, now: datetime) -> dict[int, Status]:
    """What the page says of each component that it shows."""
    said: dict[int, list[tuple[str, Status]]] = defaultdict(list)
    ids = Component.objects.filter(page=page, visible=True).values_list("pk", flat=True)
    open_spans = Span.objects.filter(component__in=ids, during__upper_inf=True, during__startswith__lte=now)
    for id_, source, status in open_spans.values_list("component_id", "source", "status"):
        said[id_].append((source, Status(status)))
    return {id_: merge(said[id_]) for id_ in ids}


def _is_news(row: ComponentTold, status: Status, now: datetime) -> bool:
    # That nobody knows is no news: a checker that lost its own network would tell of every component. And
    # told "later than now": the clock was turned back since.
    if status == Status.UNKNOWN:
        return False
    return row.status != status and not now - QUIET < row.at <= now


def _forget(component_ids: Collection[int]) -> None:
    """Of what the page shows no more, nothing was told."""
    if component_ids:
        ComponentTold.objects.filter(pk__in=component_ids).delete()


def tell() -> int:
    """Write the notices of all that turned, for software alone. Returns how many."""
    pages = Turn.objects.filter(waits=True).values("page")
    return sum(_tell(page) for page in Page.objects.defer("dead_man_url").filter(pk__in=pages))


@transaction.atomic
def _tell(page: Page) -> int:
    waiting = Turn.objects.filter(page=page, waits=True).select_related("component")
    turns = list(waiting.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:BATCH])
    Turn.objects.filter(pk__in=[turn.pk for turn in turns]).update(waits=False)
    channels = [name for name, channel in CHANNELS.items() if channel.every_event]
    listening = Subscriber.objects.filter(page=page, state=State.ACTIVE, channel__in=channels)
    if not turns or not listening.exists():
        return 0
    standing = Standing(page)
    told_of = [turn for turn in turns if turn.component_id in standing]
    for turn in told_of:
        _create(page, turn, standing, channels)
    bell.ring("subscribers.tasks.send")
    return len(told_of)


def _create(page: Page, turn: Turn, standing: Standing, channels: Collection[str]) -> None:
    component = turn.component
    words = told(
        Turned(
            id=turn.public_id,
            component_id=component.public_id,
            slug=component.slug,
            name={"en": component.name_en, "fr": component.name_fr},
            old_status=Status(turn.old_status),
            new_status=Status(turn.new_status),
            at=turn.at,
        ),
        PageName(id=page.public_id, name=page.name, url=page.url.rstrip("/")),
    )
    outbox.create(
        page,
        event=COMPONENT,
        subject=f"component:{component.public_id}",
        payload=replace(words, background=_background(turn, standing)),
        component_ids=[component.pk],
        now=turn.at,
        notice_id=turn.public_id,
        channels=channels,
    )


def _background(turn: Turn, standing: Standing) -> Background:
    return Background(
        indicator=standing.indicator,
        description=standing.description,
        # By now it may have turned again, which is told of its own.
        parts=[{**standing.part(turn.component_id), "status": turn.new_status}],
        said=[],
        created_at=None,
        monitoring_at=None,
        resolved_at=None,
    )
