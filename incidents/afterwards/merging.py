"""Says that an incident was the same as another one: its readers and followers are led there.

What it said of components stays as history; what it still says goes on under the other.
"""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from incidents import standing, step, telling
from incidents.lifecycle import CLOSED
from incidents.models import ComponentChange, Incident
from incidents.words import PostError
from monitors.status import Status, worst
from subscribers import follows


@transaction.atomic
def merge(duplicate: Incident, into: Incident, now: datetime) -> Incident:
    """`duplicate` is shown no more; nobody is told. Returns what it was merged into. Raises PostError."""
    rows = Incident.everything.select_for_update(of=("self",), no_key=True).select_related("page")
    locked = {row.pk: row for row in rows.filter(pk__in=(duplicate.pk, into.pk)).order_by("pk")}
    duplicate, into = locked[duplicate.pk], locked[into.pk]
    _check(duplicate, into)
    _hand_over(duplicate, into, now)
    into.started_at = min(into.started_at, duplicate.started_at)
    duplicate.merged_into, duplicate.withdrawn_at = into, now
    # Whoever was led to it is led on.
    Incident.everything.filter(merged_into=duplicate).update(merged_into=into, updated_at=now)
    follows.lead(telling.source(duplicate), telling.source(into))
    step.publish(duplicate, now, tell=False)
    step.publish(into, now, tell=False)
    return into


def _check(duplicate: Incident, into: Incident) -> None:
    if duplicate.pk == into.pk or duplicate.page_id != into.page_id:
        raise PostError("into", _("Choose another incident of the same page."))
    if duplicate.withdrawn_at is not None or into.withdrawn_at is not None:
        raise PostError("into", _("One of the two is gone: it was undone or merged meanwhile."))
    if duplicate.status not in CLOSED and into.status in CLOSED:
        raise PostError(
            "into", _("That incident is over and this one is not: reopen it first, or resolve this one.")
        )
    if any(each.updates.filter(before__isnull=False).exists() for each in (duplicate, into)):
        raise PostError("", _("Its notices still wait: do this when they are sent, or send them now."))


def _hand_over(duplicate: Incident, into: Incident, now: datetime) -> None:
    """What it still says of components, `into` says from now on: the worse of both."""
    source, kept = telling.source(duplicate), telling.source(into)
    open_ = standing.declared(source)
    present = standing.declared(kept)
    step.declare(source, dict.fromkeys(open_, Status.OPERATIONAL), now)
    after = {id_: worst([status, present.get(id_, status)]) or status for id_, status in open_.items()}
    step.declare(kept, {id_: status for id_, status in after.items() if present.get(id_) != status}, now)
    latest = into.updates.first()
    named = {component.pk for component in standing.named(into.updates.all())}
    past = {component.pk for component in standing.named(duplicate.updates.all())}
    if latest is None:
        return
    ComponentChange.objects.bulk_create(
        ComponentChange(
            update=latest,
            component_id=id_,
            old_status=Status.OPERATIONAL,
            new_status=after.get(id_, Status.OPERATIONAL),
        )
        for id_ in sorted(past - named)
    )
