"""What customers see, as one table: regions × confirmations × dependency × maintenance × own network."""

from dataclasses import dataclass, field

import pytest

from monitors import record
from monitors.models import Component, Monitor, Verdict
from monitors.probes import Outcome
from monitors.reasons import Reason
from monitors.seen import Seen
from monitors.spans import SpanValue, timeline
from monitors.status import Status
from tests.make import make_component, make_monitor
from tests.monitors.scenes import DEGRADED, DOUBT, DOWN, UP, at

pytestmark = pytest.mark.django_db

OFFLINE = Outcome.failed(Reason.OFFLINE, 2_000.0)
# A result a minute: u(p), g (degraded), d(own), o (our own network is gone), ? (too busy), space (none).
OUTCOMES = {"u": UP, "g": DEGRADED, "d": DOWN, "o": OFFLINE, "?": DOUBT}
LETTERS = {
    Status.OPERATIONAL: "u",
    Status.DEGRADED_PERFORMANCE: "g",
    Status.MAJOR_OUTAGE: "d",
    Status.UNKNOWN: "?",
    Status.UNDER_MAINTENANCE: "m",
}


@dataclass(frozen=True)
class Case:
    """Results of each region, minute by minute, and what is seen of the component in each minute.

    `confirm` are failures until down and successes until up; `root` are the results of the monitor that it is
    behind, and `root_confirm` its rule; `maintenance` goes from a minute to another.
    """

    says: str
    results: tuple[str, ...]
    seen: str
    confirm: tuple[int, int] = (1, 1)
    root: str = ""
    root_confirm: tuple[int, int] = (1, 1)
    maintenance: tuple[int, int] | None = field(default=None)


TABLE = [
    # One region: as many failures and successes as it takes, from the first of them.
    Case("every result counts", ("uuddduu",), "uuddduu"),
    Case("two of each", ("uudduuu",), "uudduuu", (2, 2)),
    Case("never two in a row", ("uududuu",), "uuuuuuu", (2, 2)),
    Case("a success between does not bring it back", ("uddduduu",), "uddddduu", (3, 2)),
    Case("three successes", ("uduuudd",), "uduuudd", (1, 3)),
    Case("down from the beginning", ("dddd",), "dddd", (2, 2)),
    Case("degraded", ("ugguu",), "ugguu", (2, 2)),
    Case("degraded, then down", ("ugdduu",), "ugdduu", (2, 2)),
    # Our own network, or a checker that is too busy.
    Case("no network", ("uuooouu",), "uu???uu", (2, 2)),
    Case("no network for two slots leaves no trace", ("uuoouuu",), "uuuuuuu", (2, 2)),
    Case("no network between failures", ("udoddd",), "uuuddd", (2, 2)),
    Case("down, then no network", ("uddooouu",), "udd???uu", (2, 2)),
    Case("too busy", ("uu???uu",), "uu???uu", (2, 2)),
    Case("silent", ("uu    uu",), "uu????uu", (2, 2)),
    Case("silent for three slots", ("uu   uu",), "uu???uu", (2, 2)),
    Case("silent for two", ("uu  uu",), "uuuuuu", (2, 2)),
    # Two regions: a tie keeps what was.
    Case("one of two", ("uuddduu", "uuuuuuu"), "uuuuuuu"),
    Case("both of two", ("uudduu", "uudduu"), "uudduu"),
    Case("both of two, after each other", ("uudddduu", "uuudduuu"), "uuuddduu"),
    Case("the only one that has a network", ("uuoooooo", "uudddddd"), "uudddddd"),
    Case("the only one that is heard", ("uu      ", "uudddddd"), "uudddddd"),
    Case("neither has a network", ("uuooo", "uuooo"), "uu???"),
    # Three regions: more than half of those that answer, at least half of the assigned.
    Case("one of three", ("uuddd", "uuuuu", "uuuuu"), "uuuuu"),
    Case("two of three, since the second", ("uuddd", "uuudd", "uuuuu"), "uuudd"),
    Case("two of three have no network", ("uuooo", "uuooo", "uuuuu"), "uu???"),
    Case("unknown since the second lost its network", ("uuooooo", "uuuoooo", "uuuuuuu"), "uuu????"),
    Case("one of three has no network, the others differ", ("uuooo", "uuddd", "uuuuu"), "uuuuu"),
    Case("degraded here and down there", ("uuggg", "uuddd", "uuuuu"), "uuggg"),
    # Behind another.
    Case("both fail", ("uudddduu",), "uu????uu", root="uudddduu"),
    Case("it fails before the other", ("udddduuu",), "udd??uuu", root="uuudduuu"),
    Case("it stays down after the other", ("uudddddu",), "uu???ddu", root="uuddduuu"),
    Case("the other is confirmed later", ("uudddd",), "uu????", root="uudddd", root_confirm=(3, 1)),
    Case("the other is never confirmed", ("uudddd",), "uudddd", root="uuddud", root_confirm=(3, 1)),
    Case("the other is up", ("uudd",), "uudd", root="uuuu"),
    Case("the other has no network", ("uudddd",), "uudddd", root="uuoooo"),
    Case("the other is degraded", ("uudddd",), "uudddd", root="uugggg"),
    Case("it is up without the other", ("uuuu",), "uuuu", root="uudd"),
    Case("it is degraded without the other", ("uugg",), "uugg", root="uudd"),
    # In maintenance.
    Case("down in maintenance", ("uudddduu",), "uummmmuu", maintenance=(2, 6)),
    Case("down after maintenance", ("uudddduu",), "uummdduu", maintenance=(2, 4)),
    Case("no network in maintenance", ("uuooouu",), "ummm?uu", maintenance=(1, 4)),
    Case("both fail in maintenance", ("uudddd",), "uum???", root="uudddd", maintenance=(2, 3)),
    Case(
        "everything at once",
        ("uuddddduu", "uuddooouu"),
        "uud?m??uu",
        (2, 2),
        root="uuudddduu",
        maintenance=(4, 5),
    ),
]


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.says)
def test_the_table(case: Case) -> None:
    component, monitor, root = make_scene(case)
    for minute in range(len(case.seen)):
        for region, results in enumerate(case.results):
            hear(monitor, f"region-{region}", results[minute], minute)
        if root is not None:
            hear(root, "region-0", case.root[minute], minute)
        if " " in "".join(case.results):
            record.sweep(at(minute))
    assert seen(component, len(case.seen)) == case.seen
    if root is not None:
        explained = case.seen[-1] == "?"
        found = Verdict.objects.get(monitor=monitor)
        assert found.root == (root if explained else None)


def make_scene(case: Case) -> tuple[Component, Monitor, Monitor | None]:
    component = make_component(now=at(-10))
    root = None
    if case.root:
        root = make_watching(case.root_confirm, 1, page=component.page)
    monitor = make_watching(case.confirm, len(case.results), feeds=[component], behind=root)
    if case.maintenance:
        start, end = case.maintenance
        record.declare([component.pk], "maintenance:m", Status.UNDER_MAINTENANCE, at(start))
        record.release("maintenance:m", at(end))
    return component, monitor, root


def make_watching(confirm: tuple[int, int], regions: int, **values: object) -> Monitor:
    down, up = confirm
    names = [f"region-{number}" for number in range(regions)]
    return make_monitor(now=at(-1), regions=names, confirm_down=down, confirm_up=up, **values)  # type: ignore[arg-type]


def hear(monitor: Monitor, region: str, letter: str, minute: int) -> None:
    if letter != " ":
        record.record_batch(region, [Seen(monitor.pk, at(minute), OUTCOMES[letter])], at(minute))


def seen(component: Component, minutes: int) -> str:
    """What customers see in each minute."""
    spans = [
        SpanValue(row.source, Status(row.status), row.during.lower, row.during.upper)
        for row in component.spans.all()
    ]
    return "".join(
        LETTERS[each.status]
        for minute in range(minutes)
        for each in timeline(spans, at(minute), at(minute + 1))
    )
