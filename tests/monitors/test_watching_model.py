"""Watching against a model that counts every second, whatever comes in whatever order."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from monitors import record
from monitors.models import Component, Monitor, Span, Verdict
from monitors.seen import Seen
from monitors.spans import SpanValue, timeline
from monitors.status import Status
from monitors.uptime import totals
from tests.make import make_component, make_monitor
from tests.monitors.scenes import DEGRADED, DOUBT, DOWN, UP
from tests.monitors.watching_model import END, INTERVAL, TIMEOUT, ModelMonitor, ModelRegion

START = datetime(2028, 2, 29, 23, 50, tzinfo=UTC)
OUTCOMES = {"u": UP, "g": DEGRADED, "d": DOWN, "?": DOUBT}
STATUSES = {
    "u": Status.OPERATIONAL,
    "g": Status.DEGRADED_PERFORMANCE,
    "d": Status.MAJOR_OUTAGE,
    "?": Status.UNKNOWN,
}
LETTER = {status: letter for letter, status in STATUSES.items()}
VERDICTS = {"u": "up", "g": "degraded", "d": "down", "?": "unknown"}
# Each behind the one before: regions, failures until down, successes until up.
WATCHED = [(("ams",), 1, 2), (("ams", "nyc"), 2, 1), (("ams", "nyc", "sin"), 2, 2)]
MONITORS = st.integers(0, len(WATCHED) - 1)
REGIONS = st.sampled_from(["ams", "nyc", "sin", "nowhere"])
LETTERS = st.sampled_from("uudddg?")
# Mostly as soon as it was seen; else late, and then others were quicker.
LATE = st.sampled_from([0, 0, 0, 0, 1, 7, 20, 60])


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


class Watching(RuleBasedStateMachine):
    """Three monitors behind each other, and the same in the model."""

    @initialize()
    def begin(self) -> None:
        self.savepoint = transaction.savepoint()
        self.now = 0
        self.rows: list[Monitor] = []
        self.models: list[ModelMonitor] = []
        self.components: list[Component] = []
        page = None
        for number, (regions, down, up) in enumerate(WATCHED):
            component = make_component(page, now=at(-60))
            page = component.page
            values: dict[str, Any] = {"interval": INTERVAL, "timeout": TIMEOUT, "recheck": 2}
            values |= {"confirm_down": down, "confirm_up": up, "regions": list(regions)}
            behind = self.rows[-1] if self.rows else None
            self.rows.append(make_monitor([component], now=at(0), behind=behind, **values))
            self.components.append(component)
            model = ModelMonitor(number, {each: ModelRegion() for each in regions}, down, up)
            model.behind = self.models[-1] if self.models else None
            self.models.append(model)

    @rule(seconds=st.sampled_from([1, 3, 5, 10, 10, 10, 35, 50]))
    def time_goes_by(self, seconds: int) -> None:
        self.time_passes(seconds)

    def time_passes(self, seconds: int) -> None:
        self.now = min(self.now + seconds, END - 200)

    @rule(monitor=MONITORS, region=REGIONS, letter=LETTERS, late=LATE)
    def a_result_comes(self, monitor: int, region: str, letter: str, late: int) -> None:
        self.record(region, [(monitor, self.now - late, letter)])

    @rule(
        monitors=st.sets(MONITORS, min_size=1),
        regions=st.sampled_from([("ams",), ("ams", "nyc"), ("ams", "nyc", "sin"), ("nyc", "sin")]),
        letter=st.sampled_from("uddddg?"),
        slots=st.integers(1, 3),
        apart=st.integers(0, 2),
    )
    def all_say_the_same(
        self, monitors: set[int], regions: tuple[str, ...], letter: str, slots: int, apart: int
    ) -> None:
        for _ in range(slots):
            self.time_passes(INTERVAL)
            for region in regions:
                for place, number in enumerate(monitors):
                    self.record(region, [(number, self.now - place * apart, letter)])

    @rule(
        region=REGIONS,
        results=st.lists(st.tuples(MONITORS, st.integers(0, 40), LETTERS), min_size=2, max_size=8),
        twice=st.booleans(),
    )
    def a_batch_comes(self, region: str, results: list[tuple[int, int, str]], twice: bool) -> None:
        batch = [(number, self.now - late, letter) for number, late, letter in results]
        for _ in range(1 + twice):
            self.record(region, batch)

    @rule()
    def somebody_sweeps(self) -> None:
        record.sweep(at(self.now))
        self.change(lambda model: model.sweep(self.now), range(len(WATCHED)))

    @rule(monitor=MONITORS)
    def staff_pause_or_resume(self, monitor: int) -> None:
        row, model = self.rows[monitor], self.models[monitor]
        row.enabled = not row.enabled
        self.save(row)
        self.change_by_staff(model, model.resume if row.enabled else model.pause)

    @rule(monitor=MONITORS)
    def staff_save(self, monitor: int) -> None:
        if self.rows[monitor].enabled:
            self.save(self.rows[monitor])
            self.change_by_staff(self.models[monitor], self.models[monitor].save)

    def record(self, region: str, results: list[tuple[int, int, str]]) -> None:
        seen = [Seen(self.rows[number].pk, at(slot), OUTCOMES[letter]) for number, slot, letter in results]
        recorded = record.record_batch(region, seen, at(self.now))
        taken = []
        for model in self.models:
            model.begin()
        for number, slot, letter in sorted(results, key=lambda result: (result[1], result[0])):
            taken.append(self.models[number].hear(region, letter, slot))
        self.tell()
        assert (recorded.taken, recorded.skipped) == (taken.count(True), taken.count(False))

    def change(self, work: Callable[[ModelMonitor], None], numbers: Iterable[int]) -> None:
        for model in self.models:
            model.begin()
        for number in numbers:
            work(self.models[number])
        self.tell()

    def change_by_staff(self, monitor: ModelMonitor, work: Callable[[int], None]) -> None:
        for model in self.models:
            model.begin()
            model.moved = self.now if monitor in model.above else None
        work(self.now)
        self.tell()

    def tell(self) -> None:
        for model in self.models:
            model.tell()

    def save(self, row: Monitor) -> None:
        row.save()
        record.sync_monitor(row, at(self.now))

    @invariant()
    def every_second_is_told_as_counted(self) -> None:
        spans: dict[int, list[SpanValue]] = defaultdict(list)
        for span in Span.objects.filter(component__in=self.components).order_by("during"):
            value = SpanValue(span.source, Status(span.status), span.during.lower, span.during.upper)
            spans[span.component_id].append(value)
        for component, row, model in zip(self.components, self.rows, self.models, strict=True):
            said = [span for span in spans[component.pk] if span.source == f"monitor:{row.pk}"]
            assert letters(said) == model.told
            window = timeline(spans[component.pk], at(-60), at(self.now))
            assert sum(totals(window).values(), timedelta()) == timedelta(seconds=self.now + 60)

    @invariant()
    def the_verdict_is_what_is_told_now(self) -> None:
        found = {
            row.monitor_id: (row.verdict, row.since, row.root_id)
            for row in Verdict.objects.filter(monitor__in=self.rows)
        }
        for row, model in zip(self.rows, self.models, strict=True):
            expected = None
            if model.verdict is not None:
                root = None if model.root is None else self.rows[model.root].pk
                expected = ("unknown" if root else VERDICTS[model.verdict], at(model.since), root)
            assert found.get(row.pk) == expected

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.savepoint_rollback(self.savepoint)


def letters(spans: Iterable[SpanValue]) -> list[str | None]:
    """What spans of one source say of every second."""
    found: list[str | None] = [None] * END
    for span in spans:
        start = (span.start - START) // timedelta(seconds=1)
        end = END if span.end is None else (span.end - START) // timedelta(seconds=1)
        assert 0 <= start < end
        found[start:end] = [LETTER[span.status]] * (end - start)
    return found


@pytest.mark.django_db
def test_watching_agrees_with_counting_every_second() -> None:
    run_state_machine_as_test(
        Watching,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
