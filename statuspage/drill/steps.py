"""The steps of a drill: what each waits for, when it was reached, and what is missing while it is not.

Only what other processes wrote is looked at: a step that none of them took is not reached.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from incidents import post
from incidents.lifecycle import CLOSED, IncidentStatus
from incidents.models import Incident, TeamMessage
from monitors.models import EPOCH, Component, Monitor, RegionVerdict, Verdict
from monitors.reasons import SENTENCES, Reason
from monitors.status import Status
from statuspage import told
from statuspage.models import Drill, Release, Target
from statuspage.publish import TARGETS, ConfigError, PublishError
from subscribers.models import Delivery, DeliveryState

TITLE = {"en": "Drill: nothing is wrong", "fr": "Exercice : rien n’est en panne"}
BODY = {
    "en": "This is a drill, on a page that customers do not see. Nothing is wrong, nothing has to be done.",
    "fr": "Ceci est un exercice, sur une page que les clients ne voient pas. Rien n’est en panne et il n’y a "
    "rien à faire.",
}
OVER = {"en": "The drill is over.", "fr": "L’exercice est terminé."}

NO_CHECK = gettext_noop("No check came from the region “%(region)s”: does a worker run for it?")
UNREACHED = gettext_noop("The application’s own address cannot be checked from “%(region)s”: %(reason)s")
NO_CORE = gettext_noop("Checks came, but nothing followed from them: does a worker for “core” run?")
UNPUBLISHED = gettext_noop("Nothing was published: does a worker for “publish” run?")
UNPUBLISHED_WHY = gettext_noop("Nothing was published: %(reason)s")
UNNOTICED = gettext_noop("The checks still see nothing wrong.")
UNSENT = gettext_noop("The notice still waits: does a worker for “send” run?")
UNSENT_WHY = gettext_noop("The notice was not accepted: %(reason)s")
NOBODY = gettext_noop("There is nobody to tell: give an address, or set up a channel of the team.")
STILL_DOWN = gettext_noop("The checks still see it broken although it is repaired.")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the column that keeps when it was reached, how that is seen, and what is missing."""

    name: str
    reached: Callable[[Drill, datetime], datetime | None]
    missing: Callable[[Drill], told.Kept]

    def of(self, drill: Drill) -> datetime | None:
        """When a drill came to it."""
        at: datetime | None = getattr(drill, self.name)
        return at


def _in_order(drill: Drill, now: datetime) -> datetime | None:
    """Seen up and published once: only what was in order can break."""
    ready = _verdict(drill) == "up" and _target(drill).sequence > 0
    return now if ready else None


def _not_in_order(drill: Drill) -> told.Kept:
    monitor = Monitor.objects.filter(page=drill.page).first()
    region = (monitor.regions if monitor else ["?"])[0]
    seen = RegionVerdict.objects.filter(monitor=monitor, region=region).first()
    if seen is None or seen.last_slot <= EPOCH:
        return told.sentence(NO_CHECK, region=region)
    if seen.result != "up":
        return told.sentence(UNREACHED, region=region, reason=_reason(seen.reason))
    return told.sentence(NO_CORE) if _verdict(drill) != "up" else _unpublished(drill)


def _detected(drill: Drill, now: datetime) -> datetime | None:
    if _verdict(drill) != "down" or drill.broken_at is None:
        return None
    drill.page.refresh_from_db(fields=["touched_at"])
    # The page was touched in the transaction that turned the verdict.
    return min(max(drill.page.touched_at, drill.broken_at), now)


def _undetected(drill: Drill) -> told.Kept:
    return told.sentence(UNNOTICED)


def _posted(drill: Drill, now: datetime) -> datetime | None:
    component = Component.objects.get(page=drill.page)
    post.open_incident(
        drill.page,
        title_en=TITLE["en"],
        title_fr=TITLE["fr"],
        impact="major",
        status=IncidentStatus.INVESTIGATING.value,
        body_en=BODY["en"],
        body_fr=BODY["fr"],
        components={component: Status.MAJOR_OUTAGE},
        now=now,
    )
    return now


def _public(drill: Drill, now: datetime) -> datetime | None:
    """When the target had a release that tells of the incident."""
    target, incident = _target(drill), Incident.objects.get(page=drill.page)
    return _shown_at(target, incident, now) if _holds(target, incident) else None


def _unpublished(drill: Drill) -> told.Kept:
    target = _target(drill)
    if not target.error:
        return told.sentence(UNPUBLISHED)
    return told.sentence(UNPUBLISHED_WHY, reason=target.error_said or target.error)


def _noticed(drill: Drill, now: datetime) -> datetime | None:
    """When the first person was told: by mail, or in a channel of the team."""
    sent = Delivery.objects.filter(notice__page=drill.page, state=DeliveryState.SENT)
    times = [*sent.values_list("finished_at", flat=True), *_team(drill).values_list("sent_at", flat=True)]
    found = [at for at in times if at is not None]
    return min(found) if found else None


def _unsent(drill: Drill) -> told.Kept:
    deliveries = list(Delivery.objects.filter(notice__page=drill.page))
    channels = [message.channel for message in _team(drill).select_related("channel")]
    if not deliveries and not channels:
        return told.sentence(NOBODY)
    errors = [*(each.error for each in deliveries), *(channel.error for channel in channels)]
    first = next(filter(None, errors), "")
    return told.sentence(UNSENT_WHY, reason=first) if first else told.sentence(UNSENT)


def _team(drill: Drill) -> QuerySet[TeamMessage]:
    keys = [f"posted:{id_}" for id_ in _updates(drill)]
    return TeamMessage.objects.filter(key__in=keys)


def _updates(drill: Drill) -> list[str]:
    incidents = Incident.objects.filter(page=drill.page)
    return list(incidents.values_list("updates__public_id", flat=True))


def _recovered(drill: Drill, now: datetime) -> datetime | None:
    """Seen up again, and said so."""
    if _verdict(drill) != "up":
        return None
    post.update_incident(
        Incident.objects.get(page=drill.page),
        status=IncidentStatus.RESOLVED.value,
        body_en=OVER["en"],
        body_fr=OVER["fr"],
        components={},
        now=now,
    )
    return now


def _not_recovered(drill: Drill) -> told.Kept:
    return told.sentence(STILL_DOWN)


def _finished(drill: Drill, now: datetime) -> datetime | None:
    """That it is over is public, and nobody waits to be told of it."""
    target, incident = _target(drill), Incident.objects.get(page=drill.page)
    waiting = Delivery.objects.filter(notice__page=drill.page, state=DeliveryState.PENDING).exists()
    over = incident.status in CLOSED and _holds(target, incident)
    return now if over and not waiting else None


def _still_open(drill: Drill) -> told.Kept:
    waiting = Delivery.objects.filter(notice__page=drill.page, state=DeliveryState.PENDING).exists()
    return _unsent(drill) if waiting else _unpublished(drill)


def _nothing(drill: Drill) -> told.Kept:
    return {}


def _verdict(drill: Drill) -> str:
    found = Verdict.objects.filter(monitor__page=drill.page).values_list("verdict", flat=True).first()
    return found or ""


def _target(drill: Drill) -> Target:
    return Target.objects.get(page=drill.page)


def _holds(target: Target, incident: Incident) -> bool:
    """Whether the target has a release that saw the incident as it is now."""
    seen = Release.objects.filter(page=target.page_id, sequence__lte=target.sequence)
    return seen.filter(touched_at__gte=incident.updated_at).exists()


def _shown_at(target: Target, incident: Incident, now: datetime) -> datetime | None:
    """When the index there told of the incident; None where what was published is not what lies there.

    Another machine may have published it to a folder of its own: then its word must do.
    """
    try:
        place = TARGETS[target.kind].parse(target.config)
        index = place.read("index.html")
    except (PublishError, ConfigError):
        return now
    if index is None:
        return now
    if incident.public_id.encode() not in index:
        return None
    written = datetime.fromtimestamp(Path(target.config["path"], "index.html").stat().st_mtime, UTC)
    return min(max(written, incident.created_at), now)


def _reason(code: str) -> told.Kept:
    try:
        return told.sentence(SENTENCES[Reason(code)])
    except ValueError:
        return told.sentence("%(code)s", code=code or "?")


STEPS = (
    Step("broken_at", _in_order, _not_in_order),
    Step("detected_at", _detected, _undetected),
    Step("posted_at", _posted, _nothing),
    Step("public_at", _public, _unpublished),
    Step("noticed_at", _noticed, _unsent),
    Step("recovered_at", _recovered, _not_recovered),
    Step("finished_at", _finished, _still_open),
)
# Both are under way at once; all others follow one another.
TOGETHER = {"public_at", "noticed_at"}


def unreached(drill: Drill) -> Step | None:
    """The first step that a drill has not come to; None of one that is over."""
    return next((step for step in STEPS if step.of(drill) is None), None)
