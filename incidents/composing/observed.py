"""What monitors make of each component just now, as a few words beside its control.

Two queries, whatever the number of components; a region that has not been heard of is not counted.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from monitors.models import Feed, RegionVerdict
from monitors.state import ABSENT, Verdict
from monitors.status import Status


@dataclass(frozen=True, slots=True)
class Observed:
    """How it looks to the monitors: a tone of the console, and words."""

    tone: Status
    words: str


def observed(component_ids: Collection[int]) -> dict[int, Observed]:
    """By component (primary key), those that an enabled monitor watches."""
    heard = RegionVerdict.objects.exclude(verdict__in=ABSENT)
    feeds = (
        Feed.objects.filter(component__in=component_ids, monitor__enabled=True)
        .select_related("monitor__verdict")
        .prefetch_related(Prefetch("monitor__region_verdicts", queryset=heard, to_attr="heard"))
    )
    by_component: dict[int, list[Feed]] = defaultdict(list)
    for feed in feeds:
        by_component[feed.component_id].append(feed)
    return {id_: _observed(found) for id_, found in by_component.items()}


def _observed(feeds: list[Feed]) -> Observed:
    verdicts = [_verdict(feed) for feed in feeds]
    regions = [region.verdict for feed in feeds for region in feed.monitor.heard]  # type: ignore[attr-defined]
    failing = sum(verdict == Verdict.DOWN for verdict in regions)
    if Verdict.DOWN in verdicts:
        worst = max((Status(each.impact) for each in _down(feeds)), key=lambda status: status.severity)
        return Observed(worst, _("down, %(failing)s") % {"failing": _of(failing, len(regions))})
    if failing:
        return Observed(Status.DEGRADED_PERFORMANCE, _of(failing, len(regions)))
    if Verdict.UP in verdicts:
        return Observed(Status.OPERATIONAL, pgettext("result of a check", "up"))
    return Observed(Status.UNKNOWN, _("nothing for sure"))


def _down(feeds: Iterable[Feed]) -> Iterable[Feed]:
    return (feed for feed in feeds if _verdict(feed) == Verdict.DOWN)


def _verdict(feed: Feed) -> str:
    verdict = getattr(feed.monitor, "verdict", None)
    return verdict.verdict if verdict else Verdict.UNKNOWN


def _of(failing: int, regions: int) -> str:
    words = ngettext(
        "%(failing)d of %(regions)d check fails", "%(failing)d of %(regions)d checks fail", regions
    )
    return words % {"failing": failing, "regions": regions}
