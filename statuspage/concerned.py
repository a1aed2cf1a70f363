"""Which components' pages differ from the release before: told from the two status documents. Pure.

A page of a component shows the component, the days behind it, and what was said of it: nothing that
only says when it was looked at or published. What is left out here stands on no such page, but for the
figures of other windows, which say until when they are told: at the latest they are told anew with the day,
and with each hour while today and yesterday are neither all well nor all unseen. Where monitors look, their
latency is told anew when a day of UTC is over.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from monitors.latency.course import last_day

Document = Mapping[str, Any]
# A line of an incident or maintenance says nothing of its updates.
_UNSAID = ("updates", "updated_at")


def concerned(before: Document, now: Document) -> frozenset[str]:
    """The ids of the components of `now` whose pages are not what they were at `before`."""
    known = _shown(before)
    return frozenset(id_ for id_, shown in _shown(now).items() if known.get(id_) != shown)


def _shown(document: Document) -> dict[str, Any]:
    said: dict[str, list[Document]] = defaultdict(list)
    for happening in (*document["incidents"], *document["maintenances"]):
        line = {key: value for key, value in happening.items() if key not in _UNSAID}
        for id_ in happening["component_ids"]:
            said[id_].append(line)
    return {each["id"]: (_component(each), said[each["id"]]) for each in document["components"]}


def _component(component: Document) -> dict[str, Any]:
    history = {key: value for key, value in component["history"].items() if key != "until"}
    # Coverage is shown in tenths of a percent; it moves with every hour.
    history["coverage_millis"] //= 100
    if not _settled(component["status"], history["runs"]):
        history["hour"] = component["history"]["until"][:13]
    if not component["declared"]:
        history["measured"] = last_day(datetime.fromisoformat(component["history"]["until"]))
    shown = {**component, "history": history}
    if component["status"] != "unknown":
        del shown["checked_at"]
    return shown


def _settled(status: str, runs: Sequence[Document]) -> bool:
    """Whether the past 24 hours are like those before: today and yesterday all well, or not seen at all."""
    days = {run["status"] for run in (runs[-2:] if runs[-1]["days"] == 1 else runs[-1:])}
    return days <= {"operational"} or (days <= {"unknown"} and status == "unknown")
