"""The verbs of recurring maintenances: begun, changed, ended, and announced as time goes on.

What is announced is a maintenance of its own; what becomes of it when its series changes is said by
whoever changes it.
"""

import logging
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from incidents import occurrences, reminders, step, words
from incidents.lifecycle import UPCOMING
from incidents.models import Maintenance, Series
from incidents.occurrences import Followed
from incidents.recurring import dates
from incidents.recurring.rule import LENGTH, read, refused
from incidents.words import PostError
from monitors.models import Component, Page

logger = logging.getLogger(__name__)

# Minutes of one occurrence; days before its start that it is announced.
LONGEST, EARLIEST = 7 * 1440, 90
# The class of the advisory locks on pages that get one (the first of their two keys).
ONE_SERIES = 1103
# When something that failed is tried again.
LATER = timedelta(minutes=10)


class Announced(StrEnum):
    """What becomes of occurrences that are announced already."""

    KEEP = "keep"
    FOLLOW = "follow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that staff say of a recurring maintenance."""

    title_en: str
    title_fr: str
    body_en: str
    body_fr: str
    components: tuple[Component, ...]
    rule: str
    first_date: date
    start_time: time
    minutes: int
    reminders: tuple[int, ...]
    notify: bool = True
    announced: int = 14


class ChangedMeanwhile(PostError):
    """Somebody else changed a series since it was shown."""

    def __init__(self) -> None:
        said = _("Somebody else changed this meanwhile. What it is now stands above; send yours again.")
        super().__init__("", said)


@transaction.atomic
def begin(page: Page, plan: Plan, now: datetime) -> Series:
    """A recurring maintenance; what is due is announced at once. The same one twice is refused.

    Raises PostError.
    """
    series = Series(page=page, created_at=now)
    _refuse_a_second(page, plan)
    _write(series, plan, now)
    occurrences.fill(series, now)
    return series


@transaction.atomic
def change(
    series: Series,
    plan: Plan,
    announced: Announced,
    now: datetime,
    author: User | None = None,
    seen: datetime | None = None,
) -> Followed:
    """Changes what is not announced yet, and what is as `announced` says.

    `seen`: when it had last been changed as its editor saw it. Raises PostError, and ChangedMeanwhile.
    """
    series = _locked(series, seen)
    _write(series, plan, now)
    followed = Followed()
    if announced == Announced.FOLLOW:
        followed = occurrences.follow(series, now, author)
    if series.enabled:
        occurrences.fill(series, now)
    return followed


@transaction.atomic
def end(series: Series, announced: Announced, now: datetime, author: User | None = None) -> Followed:
    """Nothing more is announced; what is announced takes place, or is cancelled, moved ones too."""
    series = _locked(series)
    series.enabled, series.due_at, series.updated_at = False, None, now
    series.save()
    if announced == Announced.KEEP:
        return Followed()
    return Followed(cancelled=occurrences.cancel(series, occurrences.announced(series), now, author))


@transaction.atomic
def resume(series: Series, now: datetime) -> None:
    """Goes on with one that was ended. Raises PostError where its rule gives nothing any more."""
    series = _locked(series)
    _check(series, now)
    series.enabled, series.updated_at = True, now
    occurrences.fill(series, now)


def _refuse_a_second(page: Page, plan: Plan) -> None:
    """A form that is sent twice, or a page that is loaded again, begins nothing again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ONE_SERIES, page.pk])
    title, rule = words.title(plan.title_en, plan.title_fr), _written(plan.rule)
    same = Series.objects.filter(page=page, enabled=True, rule=rule, title_en=title.en, title_fr=title.fr)
    if same.filter(first_date=plan.first_date, start_time=plan.start_time).exists():
        raise PostError("", _("The same recurring maintenance is there already."))


def _written(rule: str) -> str:
    return "".join(rule.split()).upper().removeprefix("RRULE:")


def present(series: Series) -> Series:
    """As it is now."""
    return Series.objects.select_related("page").get(pk=series.pk)


def waiting(series: Series) -> int:
    """How many occurrences are announced and have not begun."""
    return Maintenance.objects.filter(series=series, status__in=UPCOMING).count()


def tick(now: datetime) -> int:
    """Announces what is due; answers how many maintenances that were.

    Each occurrence once, whoever else ticks. A series that fails holds up no other.
    """
    due = Series.objects.filter(enabled=True, due_at__lte=now).order_by("due_at")
    return sum(_try(key, now) for key in due.values_list("pk", flat=True))


def _try(key: int, now: datetime) -> int:
    try:
        return _go_on(key, now)
    except OperationalError:
        raise
    except Exception:
        logger.exception("The recurring maintenance %s could not be announced", key)
        Series.objects.filter(pk=key, due_at__lte=now).update(due_at=now + LATER)
        return 0


@transaction.atomic
def _go_on(key: int, now: datetime) -> int:
    free = Series.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    series = free.select_related("page").filter(pk=key, enabled=True, due_at__lte=now).first()
    return occurrences.fill(series, now) if series is not None else 0


def _locked(series: Series, seen: datetime | None = None) -> Series:
    rows = Series.objects.select_for_update(of=("self",), no_key=True).select_related("page")
    present = rows.get(pk=series.pk)
    if seen is not None and present.updated_at != seen:
        raise ChangedMeanwhile
    return present


def _write(series: Series, plan: Plan, now: datetime) -> None:
    title, body = words.title(plan.title_en, plan.title_fr), words.body(plan.body_en, plan.body_fr)
    step.of_page(series.page, plan.components)
    series.title_en, series.title_fr = title.en, title.fr
    series.body_en, series.body_fr = body.en, body.fr
    series.rule = _written(plan.rule)
    series.first_date, series.start_time, series.minutes = plan.first_date, plan.start_time, plan.minutes
    series.reminders, series.notify = reminders.read(plan.reminders), plan.notify
    series.announced, series.updated_at = plan.announced, now
    _check(series, now)
    series.save()
    series.components.set(plan.components)


def _check(series: Series, now: datetime) -> None:
    if len(series.rule) > LENGTH:
        raise refused(_("A rule has at most %(length)d characters.") % {"length": LENGTH})
    if series.first_date.year not in words.YEARS:
        raise PostError("first_date", _("Please check the year of this date."))
    if not 1 <= series.minutes <= LONGEST:
        raise PostError("minutes", _("It lasts between a minute and seven days."))
    if not 1 <= series.announced <= EARLIEST:
        raise PostError("announced", _("It is announced between 1 and 90 days ahead."))
    rule, zone = read(series.rule), ZoneInfo(series.page.time_zone)
    dates.check_ahead(rule, series.first_date, series.start_time, zone, series.minutes, now)
