"""What the tests of monitoring by itself share: components that fail on demand, minutes after a start."""

from typing import Any

from incidents.models import Draft, Incident, TeamMessage
from incidents.watching import ticking
from monitors.models import Component, Monitor, Page
from monitors.status import Status
from tests.incidents.team.test_team import make_channel
from tests.make import make_component, make_monitor
from tests.monitors.scenes import DOUBT, DOWN, UP, at, hear

__all__ = [
    "DOUBT",
    "DOWN",
    "UP",
    "at",
    "drafts",
    "hear",
    "incidents",
    "make_seen",
    "make_team",
    "tick",
    "told",
]


def make_seen(
    page: Page,
    name: str = "Checkout",
    /,
    policy: str = "open",
    impact: Status = Status.MAJOR_OUTAGE,
    **values: Any,
) -> tuple[Component, Monitor]:
    """A component and its monitor, seen to be well at the start; one check is enough to turn it."""
    component = make_component(page, now=at(-10), policy=policy, name_en=name, name_fr=f"{name} (fr)")
    rule = {"interval": 3600, "confirm_down": 1, "confirm_up": 1}
    monitor = make_monitor({component: impact}, now=at(-1), **{**rule, **values})
    hear(monitor, 0, UP)
    return component, monitor


def tick(*minutes: float) -> None:
    """Lets time pass: at each of these minutes monitoring looks what is due."""
    for minute in minutes:
        ticking.tick(at(minute))


def incidents(page: Page) -> list[Incident]:
    return list(Incident.everything.filter(page=page).order_by("pk"))


def drafts(page: Page) -> list[Draft]:
    return list(Draft.objects.filter(page=page).order_by("pk"))


def make_team(page: Page) -> None:
    """A channel of the team that keeps what it is told."""
    make_channel("https://hooks.example.com/team", page)


def told(event: str) -> list[TeamMessage]:
    return list(TeamMessage.objects.filter(event=event).order_by("pk"))
