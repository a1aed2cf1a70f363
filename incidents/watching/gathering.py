"""Notices what began to fail, and puts it with what fails together with it.

One at a time for a page: two ticks at once never make two outbreaks of one.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from incidents.models import Outbreak, Stricken
from incidents.watching import observed, part
from incidents.watching.observed import Look
from incidents.watching.together import Failure, root, together
from monitors.models import Component, Monitor, Page

# The class of the advisory locks on pages that are looked at (the first of their two keys).
ONE_LOOK = 1104


@transaction.atomic
def gather(page: Page, now: datetime) -> int:
    """Write down what fails and belongs to no outbreak yet. Returns how many components that is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ONE_LOOK, page.pk])
    _let_go(page)
    failing = observed.failing(page, now)
    known = set(
        Stricken.objects.filter(over=False, component__in=failing).values_list("component_id", flat=True)
    )
    new = {component.pk: look for component, look in failing.items() if component.pk not in known}
    if not new:
        return 0
    spoken_of = observed.covered(new)
    components = {component.pk: component for component in failing}
    above = Monitor.objects.filter(page=page, behind__isnull=False).values_list("pk", "behind")
    behind = {monitor: top for monitor, top in above if top is not None}
    found = [
        (components[id_], Failure(_first(look, now), root(look.monitors, behind)))
        for id_, look in new.items()
        if id_ not in spoken_of
    ]
    _put(page, sorted(found, key=lambda each: (each[1].since, each[0].pk)), now)
    return len(found)


def _let_go(page: Page) -> None:
    """What staff chose another policy for, before anything was declared of it, is looked at anew."""
    waiting = Stricken.objects.filter(over=False, outbreak__page=page, outbreak__incident=None)
    moved = waiting.exclude(component__policy=F("outbreak__policy"))
    moved.delete()


def _first(look: Look, now: datetime) -> datetime:
    return look.first or now


def _put(page: Page, found: Iterable[tuple[Component, Failure]], now: datetime) -> None:
    """Each into the outbreak that takes it, the oldest first, or into a new one."""
    going_on = Outbreak.objects.filter(page=page, ended_at=None).select_for_update(of=("self",))
    homes: list[tuple[Outbreak, list[Failure]]] = [
        (outbreak, [Failure(each.since, each.root_id) for each in outbreak.stricken.all()])
        for outbreak in (going_on.order_by("pk") if found else ())
    ]
    rows = []
    for component, failure in found:
        home = next((each for each in homes if _takes(*each, component, failure)), None)
        if home is None:
            outbreak = Outbreak.objects.create(
                page=page, policy=component.policy, since=failure.since, created_at=now
            )
            homes.append(home := (outbreak, []))
        home[1].append(failure)
        rows.append(
            Stricken(outbreak=home[0], component=component, since=failure.since, root_id=failure.root)
        )
    Stricken.objects.bulk_create(rows)


def _takes(outbreak: Outbreak, failures: Iterable[Failure], component: Component, failure: Failure) -> bool:
    """One that a person has decided about grows no more; of those that are posted, one is enough."""
    if outbreak.policy != component.policy or outbreak.decided:
        return False
    if outbreak.policy == "open":
        return outbreak.incident is None or part.alone(outbreak.incident)
    return any(together(each, failure) for each in failures)
