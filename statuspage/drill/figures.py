"""What drills showed: how long each step took, which was the last, and whether another is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_stubs_ext import StrOrPromise

from incidents import team
from monitors.models import Page
from statuspage.drill.running import STOPPED, overdue
from statuspage.drill.steps import STEPS
from statuspage.models import Drill

# A drill is due so long after the last whole one; a new installation has as long.
EVERY = timedelta(days=30)
# Of a period: when the team is reminded.
FIRST_DAY = timedelta(days=1)
LABELS: dict[str, StrOrPromise] = {
    "broken_at": _("In order, then broken"),
    "detected_at": _("Detected by the checks"),
    "posted_at": _("Posted"),
    "public_at": _("Public"),
    "noticed_at": _("First notice"),
    "recovered_at": _("Repaired, and seen to be"),
    "finished_at": _("Said to be over"),
}
DUE = gettext_noop("A drill is due")
DUE_TEXT = gettext_noop(
    "The last whole one is more than 30 days old. It takes a minute; customers see nothing."
)


@dataclass(frozen=True, slots=True)
class Reached:
    """One step of one drill. `took`: seconds since it was broken; None where that says nothing."""

    label: StrOrPromise
    at: datetime | None
    took: float | None
    failed: bool
    waits: bool


def reached(drill: Drill) -> list[Reached]:
    """Every step in its order."""
    over = bool(drill.failure)
    shown = [(step, None if over and step.name == "finished_at" else step.of(drill)) for step in STEPS]
    first = next((step.name for step, at in shown if at is None), "")
    return [
        Reached(
            label=LABELS[step.name],
            at=at,
            took=took(drill, at),
            failed=drill.failure == step.name,
            waits=drill.finished_at is None and step.name == first,
        )
        for step, at in shown
    ]


def took(drill: Drill, at: datetime | None) -> float | None:
    """Seconds since what is watched was broken."""
    if at is None or drill.broken_at is None or at <= drill.broken_at:
        return None
    return round((at - drill.broken_at).total_seconds(), 1)


def last() -> Drill | None:
    """The last drill that is over and was not stopped by somebody, whole or not."""
    return Drill.objects.exclude(finished_at=None).exclude(failure=STOPPED).first()


def due_since(now: datetime) -> datetime | None:
    """Since when a drill is due; None where none is."""
    whole = Drill.objects.exclude(finished_at=None).filter(failure="").values_list("finished_at", flat=True)
    began = whole.first() or Page.objects.aggregate(first=Min("created_at"))["first"]
    return began + EVERY if began is not None and began + EVERY <= now else None


def nobody_runs_it(drill: Drill, now: datetime) -> bool:
    """Whether a drill should have been ended by now, and was not: no process looks at it."""
    return drill.finished_at is None and overdue(drill, now - timedelta(seconds=15))


def remind(now: datetime) -> int:
    """Tell the team once a month, as long as a drill is due. Returns how many channels."""
    since = due_since(now)
    if since is None or (now - since) % EVERY > FIRST_DAY:
        return 0
    values = team.said(team.both(DUE), team.both(DUE_TEXT), "/admin/statuspage/drill/")
    key = f"drill.due:{since:%Y-%m-%d}:{(now - since) // EVERY}"
    return team.tell("drill.due", key, values, None, now)
