"""The occurrences of a recurring maintenance: each is announced once, so many days before it starts.

One that was moved or cancelled stays so: its day is taken. What is announced together is one message
for readers; software gets every one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db.models import F
from django.utils.translation import gettext as _

from incidents import maintain, standard
from incidents.lifecycle import UPCOMING, MaintenanceStatus
from incidents.maintain import Occurrence
from incidents.models import Maintenance, Series
from incidents.recurring import dates
from incidents.recurring.rule import read
from incidents.words import BODY_LENGTH, Texts
from monitors.models import Component
from monitors.speaking import lock_components
from subscribers.channels import CHANNELS
from subscribers.moments import moment

# So many dates are named in one message.
NAMED = 12


@dataclass(frozen=True, slots=True)
class Followed:
    """How many announced occurrences were changed, and how many cancelled."""

    changed: int = 0
    cancelled: int = 0


def starts(series: Series, now: datetime) -> Iterable[datetime]:
    """The planned starts to come, as its rule gives them."""
    rule, zone = read(series.rule), ZoneInfo(series.page.time_zone)
    return dates.upcoming(rule, series.first_date, series.start_time, zone, now)


def fill(series: Series, now: datetime) -> int:
    """Announces what is due and not yet there, and notes when the next is; returns how many that were.

    The caller holds the series. Raises PostError where its texts can no longer be posted.
    """
    announced, missing = timedelta(days=series.announced), []
    taken, series.due_at = _taken(series, now), None
    for start in starts(series, now):
        if start > now + announced:
            series.due_at = start - announced
            break
        if _day(series, start) not in taken:
            missing.append(start)
    components = list(series.components.all())
    lock_components(component.pk for component in components)
    for number, start in enumerate(missing):
        _announce(series, start, missing if number == 0 else (), components, now)
    series.made_until = max([*missing, *([series.made_until] if series.made_until else [])], default=None)
    series.save()
    return len(missing)


def _taken(series: Series, now: datetime) -> set[date]:
    """The days of occurrences that are there, also of what was undone."""
    there = Maintenance.everything.filter(series=series, occurrence__gte=now - timedelta(days=2))
    return {_day(series, at) for at in there.values_list("occurrence", flat=True) if at}


def _day(series: Series, at: datetime) -> date:
    return at.astimezone(ZoneInfo(series.page.time_zone)).date()


def _announce(
    series: Series, start: datetime, together: Sequence[datetime], components: list[Component], now: datetime
) -> None:
    body = _with_dates(series, Texts(series.body_en, series.body_fr), together)
    maintain.schedule_maintenance(
        series.page,
        title_en=series.title_en,
        title_fr=series.title_fr,
        body_en=body.en,
        body_fr=body.fr,
        components=components,
        scheduled_for=start,
        scheduled_until=start + timedelta(minutes=series.minutes),
        now=now,
        notify=series.notify,
        reminders=series.reminders,
        occurrence=Occurrence(series, start),
        channels=None if together else software(),
    )


def software() -> list[str]:
    """The channels that get every event, also where readers get one message for all."""
    return [name for name, channel in CHANNELS.items() if channel.every_event]


def _with_dates(series: Series, body: Texts, together: Sequence[datetime]) -> Texts:
    """A text that names the other dates, too; where there is no room for them, the text alone."""
    if len(together) < 2:
        return body
    listed = standard.spoken(series.page, lambda: _listed(series, together))

    def joined(text: str, more: str) -> str:
        whole = f"{text}\n\n{more}"
        return whole if text and len(whole) <= BODY_LENGTH else text

    return Texts(joined(body.en, listed.en), joined(body.fr, listed.fr))


def _listed(series: Series, together: Sequence[datetime]) -> str:
    zone = ZoneInfo(series.page.time_zone)
    lines = [f"- {moment(start.isoformat(), zone)}" for start in together[:NAMED]]
    if len(together) > NAMED:
        lines.append("- " + _("and %(number)d more") % {"number": len(together) - NAMED})
    return "\n".join([_("Dates:"), "", *lines])


def announced(series: Series, *, alone: bool = True) -> list[Maintenance]:
    """The occurrences that are announced and have not begun, locked, the next one first.

    `alone`: also those that were moved by themselves.
    """
    rows = Maintenance.objects.filter(series=series, status__in=UPCOMING)
    if not alone:
        rows = rows.filter(scheduled_for=F("occurrence"))
    # By key, as everybody locks several; told in the order of time.
    locked = list(rows.order_by("pk").select_for_update(of=("self",), no_key=True).select_related("page"))
    return sorted(locked, key=lambda row: row.scheduled_for)


def cancel(series: Series, rows: Sequence[Maintenance], now: datetime, author: User | None) -> int:
    """Cancels announced occurrences: one message for readers. Returns how many."""
    said = standard.entered(series.page, MaintenanceStatus.CANCELLED)
    body = _with_dates(series, said, [row.scheduled_for for row in rows])
    for number, row in enumerate(rows):
        text = said if number else body
        maintain.update_maintenance(
            row,
            status=MaintenanceStatus.CANCELLED,
            body_en=text.en,
            body_fr=text.fr,
            now=now,
            author=author,
            notify=series.notify,
            channels=software() if number else None,
        )
    return len(rows)


def follow(series: Series, now: datetime, author: User | None) -> Followed:
    """What is announced follows its changed series: moved within its day, cancelled where the rule left it.

    What was moved by itself stays as it is.
    """
    rows = [row for row in announced(series, alone=False) if row.scheduled_for > now]
    if not rows:
        return Followed()
    lock_components(series.components.values_list("pk", flat=True))
    last = rows[-1].scheduled_for + timedelta(days=2)
    wanted: dict[date, datetime] = {}
    for start in starts(series, now):
        if start > last:
            break
        wanted[_day(series, start)] = start
    gone = [row for row in rows if _day(series, row.scheduled_for) not in wanted]
    kept = [(row, wanted[_day(series, row.scheduled_for)]) for row in rows if row not in gone]
    cancelled = cancel(series, gone, now, author)
    return Followed(_change(series, kept, now, author), cancelled)


def _change(
    series: Series, rows: Sequence[tuple[Maintenance, datetime]], now: datetime, author: User | None
) -> int:
    """The texts, components, times and reminders of the series; returns how many rows were told anew."""
    components = list(series.components.all())
    changed = [(row, start) for row, start in rows if _differs(series, row, start, components)]
    body = _with_dates(series, Texts(series.body_en, series.body_fr), [start for _row, start in changed])
    for number, (row, start) in enumerate(changed):
        row.components.set(components)
        maintain.rename(row, title_en=series.title_en, title_fr=series.title_fr, now=now)
        maintain.update_maintenance(
            row,
            status=row.status,
            body_en=series.body_en if number else body.en,
            body_fr=series.body_fr if number else body.fr,
            scheduled_for=start,
            scheduled_until=start + timedelta(minutes=series.minutes),
            now=now,
            author=author,
            notify=series.notify,
            occurrence=Occurrence(series, start),
            channels=software() if number else None,
        )
    for row, _start in rows:
        maintain.remind_at(row, series.reminders if series.notify else [], now)
    return len(changed)


def _differs(series: Series, row: Maintenance, start: datetime, components: list[Component]) -> bool:
    last = row.updates.latest("id")
    told = (row.scheduled_for, row.scheduled_until, row.title_en, row.title_fr)
    if told != (start, start + timedelta(minutes=series.minutes), series.title_en, series.title_fr):
        return True
    if set(row.components.all()) != set(components):
        return True
    return not (last.body_en.startswith(series.body_en) and last.body_fr.startswith(series.body_fr))
