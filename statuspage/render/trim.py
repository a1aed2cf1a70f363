"""Makes incidents and maintenances small enough for a document with a limit of bytes. Pure.

What is newest stays whole the longest: the last of a list is cut first, and nothing is cut in a
list that fits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from statuspage.render.timeline import Happening, advice
from statuspage.snapshot import IncidentState, Text, UpdateState

Item = TypeVar("Item", bound=Happening)

# Clients refuse more than 1 MiB (CONTRACTS 1.2).
MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Level:
    """How much is left: the newest updates, characters of each text, components, of the title."""

    updates: int
    text: int
    components: int
    title: int = 200


_LEVELS = (Level(20, 10_000, 50), Level(5, 2_000, 20), Level(1, 1_000, 5), Level(1, 200, 0))


def fitting(items: Sequence[Item], encoded: Callable[[Item], bytes], room: int = MOST) -> list[bytes]:
    """Each item as bytes, together at most `room`: cut from the last on, at the worst left out."""
    items = _roughly(items, room)
    parts = [encoded(item) for item in items]
    total = sum(len(part) + 1 for part in parts)
    for level in _LEVELS:
        for place in reversed(range(len(parts))):
            if total <= room:
                return parts
            smaller = encoded(trimmed(items[place], level))
            total -= len(parts[place]) - len(smaller)
            parts[place] = smaller
    while total > room and parts:
        total -= len(parts.pop()) + 1
    return parts


def _roughly(items: Sequence[Item], room: int) -> list[Item]:
    """The items without what surely will not fit, so that nobody has to encode it."""
    found = list(items)
    total = sum(map(_length, found))
    for level in _LEVELS:
        for place in reversed(range(len(found))):
            if total <= 2 * room:
                return found
            smaller = trimmed(found[place], level)
            total -= _length(found[place]) - _length(smaller)
            found[place] = smaller
    return found


def _length(item: Happening) -> int:
    texts = (item.title, advice(item), *(update.body for update in item.updates))
    return sum(max(len(each.en), len(each.fr)) for each in texts)


def trimmed(item: Item, level: Level) -> Item:
    """The item with no more than `level` leaves it."""
    if isinstance(item, IncidentState):
        shorter = text(item.workaround, level.text), text(item.scope, level.text)
        item = replace(item, workaround=shorter[0], scope=shorter[1])
    return replace(
        item,
        title=text(item.title, level.title),
        component_ids=item.component_ids[: level.components],
        updates=tuple(_update(update, level) for update in item.updates[: level.updates]),
    )


def _update(update: UpdateState, level: Level) -> UpdateState:
    return replace(update, body=text(update.body, level.text), changes=update.changes[: level.components])


def text(whole: Text, longest: int) -> Text:
    """The text with at most so many characters per language."""
    return Text(shortened(whole.en, longest), shortened(whole.fr, longest))


def shortened(whole: str, longest: int) -> str:
    """The beginning of a text, with a mark where more follows."""
    return whole if len(whole) <= longest else f"{whole[:longest].rstrip()}…"
