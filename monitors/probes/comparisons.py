"""How two values of JSON compare: by value and by type, never raising."""

from collections.abc import Callable, Mapping
from typing import Any


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(found: object, value: object) -> bool:
    """Equal as JSON: true is not 1, and 1.0 is 1."""
    match found, value:
        case list(), list():
            return len(found) == len(value) and all(map(_same, found, value))
        case dict(), dict():
            return found.keys() == value.keys() and all(_same(found[key], value[key]) for key in value)
    if _is_number(found) and _is_number(value):
        return found == value
    return type(found) is type(value) and found == value


def _contains(found: object, value: object) -> bool:
    match found, value:
        case str(), str():
            return value in found
        case list(), _:
            return any(_same(each, value) for each in found)
        case dict(), str():
            return value in found
    return False


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[object, object], bool]:
    """Numbers with numbers and texts with texts; anything else does not compare."""

    def holds(found: object, value: object) -> bool:
        numbers = _is_number(found) and _is_number(value)
        texts = isinstance(found, str) and isinstance(value, str)
        return (numbers or texts) and compare(found, value)

    return holds


OPERATORS: Mapping[str, Callable[[object, object], bool]] = {
    "==": _same,
    "!=": lambda found, value: not _same(found, value),
    "<": _ordered(lambda found, value: bool(found < value)),
    "<=": _ordered(lambda found, value: bool(found <= value)),
    ">": _ordered(lambda found, value: bool(found > value)),
    ">=": _ordered(lambda found, value: bool(found >= value)),
    "contains": _contains,
}
