"""What of a page somebody may choose to hear about: components without a group, and groups with theirs.

Only what the page shows can be chosen, by public id; a chosen group stands for its components too.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from monitors.models import Component, Group, Page


@dataclass(frozen=True, slots=True)
class Option:
    """One box: what it sends, what stands beside it, whether it is ticked."""

    value: str
    label: str
    ticked: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A group (None: components without one) and its components."""

    group: Option | None
    components: tuple[Option, ...]

    @property
    def open(self) -> bool:
        """Whether a choice within the group would be hidden if it was folded."""
        return any(option.ticked for option in self.components)


class Choosable:
    """The groups and components of a page, read when somebody first asks for one."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @cached_property
    def _shown(self) -> list[Component]:
        return list(Component.objects.filter(page=self._page, visible=True).select_related("group"))

    @cached_property
    def components(self) -> dict[str, Component]:
        """By public id, in the order of the page."""
        return {component.public_id: component for component in self._shown}

    @cached_property
    def groups(self) -> dict[str, Group]:
        """By public id, in the order of the page."""
        groups = [component.group for component in self._shown if component.group]
        ordered = sorted(groups, key=lambda group: (group.position, group.pk))
        return {group.public_id: group for group in ordered}

    def component_keys(self, chosen: Collection[str], groups: Collection[str]) -> tuple[int, ...]:
        """Primary keys of chosen components, but for those that a chosen group brings along."""
        components = [self.components[public_id] for public_id in chosen]
        within = set(self.group_keys(groups))
        return tuple(component.pk for component in components if component.group_id not in within)

    def group_keys(self, chosen: Collection[str]) -> tuple[int, ...]:
        """Primary keys of chosen groups."""
        return tuple(self.groups[public_id].pk for public_id in chosen)

    def branches(self, components: Collection[str], groups: Collection[str]) -> Iterator[Branch]:
        """As the page shows them: what is in no group first."""
        placed = sorted(self._shown, key=_place)
        for group, members in groupby(placed, key=lambda component: component.group):
            yield Branch(
                _option(group, groups) if group else None,
                tuple(_option(component, components) for component in members),
            )


def _place(component: Component) -> tuple[bool, int, int, int, int]:
    group = component.group
    within = (group.position, group.pk) if group else (0, 0)
    return (group is not None, *within, component.position, component.pk)


def _option(what: Component | Group, ticked: Collection[str]) -> Option:
    return Option(what.public_id, str(what), what.public_id in ticked)
