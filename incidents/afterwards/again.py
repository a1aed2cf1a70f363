"""What was undone, as it would be typed again: nobody has to write it twice."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from incidents.choosing import control
from incidents.composing import meanwhile
from incidents.forms import JUST, PINNED
from incidents.models import Incident, Maintenance, Update
from monitors.ids import public_id

DAY = timedelta(days=1)
Fields = dict[str, str]


def fields(update: Update, about: Incident | Maintenance) -> Fields:
    """The fields of the form that posted an update; `about` is how it stood with it."""
    typed = {"update_id": public_id(), "body_en": update.body_en, "body_fr": update.body_fr}
    if update.notify:
        typed["notify"] = "on"
    if not about.updates.exclude(pk=update.pk).exists():
        typed |= {"title_en": about.title_en, "title_fr": about.title_fr}
    if isinstance(about, Maintenance):
        return typed | _planned(about) | {"status": update.status}
    changes = {
        control(each.component): each.new_status for each in update.changes.select_related("component")
    }
    kept = {name: getattr(about, name) for name in ("impact", *PINNED)}
    return typed | changes | kept | _times(update, about) | {"status": update.status}


def continued(typed: Fields, about: Incident | Maintenance) -> Fields:
    """The same for a form that continues `about`, which stands as before: that is what the form has seen."""
    news = {name: value for name, value in typed.items() if not name.startswith(("title_", "started_at"))}
    before = {f"initial-{name}": getattr(about, name) for name in PINNED if hasattr(about, name)}
    return news | before | {"seen": meanwhile.seen(about)}


def _times(update: Update, incident: Incident) -> Fields:
    zone, typed = ZoneInfo(incident.page.time_zone), {}
    promised = incident.next_update_at
    if promised is not None and promised - update.display_at > DAY - JUST:
        # As a time alone it would be taken for one that has just passed.
        typed["promise"] = f"{DAY // timedelta(minutes=1)}"
    elif promised is not None:
        typed["promise_at"] = f"{promised.astimezone(zone):%H:%M}"
    if incident.started_at < update.display_at:
        typed["started_at"] = f"{incident.started_at.astimezone(zone):%Y-%m-%dT%H:%M}"
    return typed


def _planned(maintenance: Maintenance) -> Fields:
    zone = ZoneInfo(maintenance.page.time_zone)
    times = {"scheduled_for": maintenance.scheduled_for, "scheduled_until": maintenance.scheduled_until}
    chosen = {control(component): "on" for component in maintenance.components.all()}
    return chosen | {name: f"{at.astimezone(zone):%Y-%m-%dT%H:%M}" for name, at in times.items()}
