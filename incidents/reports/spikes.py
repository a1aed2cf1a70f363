"""Notices when visitors report more than usual, and tells the team: once for each spike.

The one writer of Spike. It asks what is so now, so that nothing is told twice and nothing is missed.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from incidents import team
from incidents.models import Spike
from monitors.models import Component, Page

WINDOW = timedelta(minutes=30)
# More than any one network can send in that time, and so many times what is usual.
LEAST, TIMES = 6, 3
# Seen as over once it is less than half of what began it.
KEPT = timedelta(days=90)
TITLE = gettext_noop("Visitors report trouble: %(what)s")
TEXT = gettext_noop("%(number)d reports in 30 minutes on %(page)s; usually %(usual)d.")

# By page and component (null: the whole page): reports of the window, and what is usual in one.
_COUNT = """
WITH recent AS (
    SELECT page_id, component_id, count(*) AS number FROM incidents_report
    WHERE created_at > %(since)s AND created_at <= %(now)s
    GROUP BY GROUPING SETS ((page_id, component_id), (page_id)) HAVING grouping(component_id) = 1
        OR component_id IS NOT NULL
)
SELECT recent.page_id, recent.component_id, recent.number, (
    SELECT count(*) FROM incidents_report old
    WHERE old.page_id = recent.page_id
        AND (recent.component_id IS NULL OR old.component_id = recent.component_id)
        AND old.created_at <= %(now)s - interval '1 day' AND old.created_at > %(now)s - interval '8 days'
) * %(share)s
FROM recent WHERE recent.number >= %(least)s
"""
Key = tuple[int, int | None]


@transaction.atomic
def watch(now: datetime) -> int:
    """Open and close spikes by what came in the last half hour. Returns how many began."""
    rising = _counts(now)
    open_ = {_key(spike): spike for spike in Spike.objects.select_for_update().filter(until=None)}
    for key, spike in open_.items():
        _go_on(spike, rising.get(key, (0, 0.0))[0], now)
    began = 0
    # Components first: where one of them says it, the page as a whole says nothing new.
    for key in sorted(rising, key=lambda key: (key[0], key[1] is None)):
        number, usual = rising[key]
        if number < max(LEAST, TIMES * usual) or _said(key, open_):
            continue
        spike = Spike.objects.create(page_id=key[0], component_id=key[1], since=now, most=number)
        open_[key] = spike
        _tell(spike, usual, now)
        began += 1
    return began


def forget(now: datetime) -> int:
    """Delete spikes that are long over. Returns how many."""
    return Spike.objects.filter(until__lte=now - KEPT).delete()[0]


def _counts(now: datetime) -> dict[Key, tuple[int, float]]:
    """Recent reports and what is usual, wherever there could be a spike or one could go on."""
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {"now": now, "since": now - WINDOW, "share": WINDOW / timedelta(days=7), "least": LEAST // 2},
        )
        return {(page, component): (number, float(usual)) for page, component, number, usual in cursor}


def _go_on(spike: Spike, number: int, now: datetime) -> None:
    if 2 * number < min(spike.most, 2 * LEAST):
        Spike.objects.filter(pk=spike.pk).update(until=now)
    elif number > spike.most:
        Spike.objects.filter(pk=spike.pk).update(most=number)


def _said(key: Key, open_: Iterable[Key]) -> bool:
    """Whether it is told already: it itself, or of a whole page one of its components."""
    return key in open_ or (key[1] is None and any(page == key[0] for page, _component in open_))


def _key(spike: Spike) -> Key:
    return spike.page_id, spike.component_id


def _tell(spike: Spike, usual: float, now: datetime) -> None:
    page = Page.objects.get(pk=spike.page_id)
    what = _names(spike.component) if spike.component else page.name
    text = team.both(TEXT, number=spike.most, page=page.name, usual=round(usual))
    address = reverse("admin:incidents_report_changelist")
    values = team.said(team.both(TITLE, what=what), text, address)
    team.tell("reports.spike", f"spike:{spike.pk}", values, page, now)


def _names(component: Component) -> dict[str, str]:
    return {"en": component.name_en, "fr": component.name_fr}
