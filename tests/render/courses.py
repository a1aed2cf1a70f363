"""Response times for the tests of the renderer, as real ones are."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from monitors.latency.course import Course, Point, last_day
from statuspage.snapshot import ComponentState

# What half of the checks take; each component has the next one.
_USUAL = (140.0, 12.0, 900.0, 80.0)


def make_courses(components: Iterable[ComponentState], until: datetime) -> tuple[tuple[str, Course], ...]:
    """90 days of each component that monitors watch."""
    chance = random.Random(11)
    watched = [component.id for component in components if not component.declared]
    return tuple(
        (id_, make_course(chance, until, _USUAL[place % len(_USUAL)])) for place, id_ in enumerate(watched)
    )


def make_course(chance: random.Random, until: datetime, usual: float) -> Course:
    """90 days: slower for a while, now and then not measured."""
    start = last_day(until) - timedelta(days=89)
    points, drift = [], 1.0
    for number in range(90):
        drift = min(max(drift * chance.uniform(0.93, 1.08), 0.6), 2.2)
        half = usual * drift * chance.uniform(0.96, 1.04)
        most = half * chance.uniform(1.7, 2.4) * (1.8 if chance.random() < 0.04 else 1)
        at = start + timedelta(days=number)
        points.append(Point(at, 2880, 3, half, most, 2 * most) if chance.random() > 0.03 else Point(at))
    return tuple(points)
