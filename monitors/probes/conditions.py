"""Conditions on JSON: `path operator value`, where the path is JMESPath and the value JSON or a word.

Both sides come from people that the checker must outlive: of JMESPath only what cannot make more of an
answer than there is in it is taken, and looking ends after a bounded number of steps.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import jmespath.parser
from jmespath.exceptions import JMESPathError
from jmespath.visitor import TreeInterpreter

from monitors.probes.comparisons import OPERATORS

LONGEST = 500
MOST = 10
# For all conditions on an answer: nodes of paths visited, once for each element that they are applied to,
# where a list weighs something by itself. Some 100 ms.
STEPS = 100_000
# Elements of a list that weigh as much as a step.
WEIGHT = 16
# Of the path's own tree, so that no recursion is deep.
DEEPEST = 50
# A bare word is a text: `status == ok` is `status == "ok"`.
WORD = re.compile(r"[\w.+/@:-]+")
OPERATOR = re.compile(r"==|!=|<=|>=|<|>|(?<=\s)contains(?=\s)")
# Of https://jmespath.org/specification.html what reads; what builds could build without end.
NODES = {
    *("field", "subexpression", "index", "index_expression", "slice", "flatten", "projection", "pipe"),
    *("value_projection", "filter_projection", "comparator", "and_expression", "or_expression"),
    *("not_expression", "function_expression", "expref", "literal", "current", "identity"),
}
FUNCTIONS = {
    *("abs", "avg", "ceil", "contains", "ends_with", "floor", "keys", "length", "max", "max_by", "min"),
    *("min_by", "not_null", "sort", "starts_with", "sum", "to_number", "type", "values"),
}

Parsed = Mapping[str, Any]


class BadCondition(ValueError):
    """A line that is no condition."""


class TooMuch(ValueError):
    """An answer that takes too long to look through."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One line: what is looked for, how it is compared, and with what."""

    text: str
    operator: str
    value: object
    path: Parsed = field(repr=False)

    def find(self, document: object, walk: "Walk | None" = None) -> object:
        """What the path leads to; None for nothing. Raises TooMuch.

        One `walk` is for all conditions on a document.
        """
        try:
            return (walk or Walk()).visit(self.path, document)
        except TooMuch:
            raise
        # What a function cannot take, and what jmespath itself did not think of.
        except (JMESPathError, ValueError, TypeError, ArithmeticError, AttributeError):
            return None

    def holds(self, found: object) -> bool:
        """Whether what was found is as it should be."""
        return OPERATORS[self.operator](found, self.value)


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """A condition on each line. Raises BadCondition."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST:
        raise BadCondition
    return tuple(map(_condition, lines))


def parse_json(body: bytes) -> object:
    """The document. Raises ValueError for what is none, or is nested beyond all measure."""
    try:
        return json.loads(body, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("It is nested too deeply.") from None


def shown(value: object) -> str:
    """A value that was found: of lists and objects, how large they are."""
    if isinstance(value, list):
        return f"[{len(value)}]"
    if isinstance(value, dict):
        return f"{{{len(value)}}}"
    # Whole, however long it is: a secret that is cut is one that is not found.
    return json.dumps(value, ensure_ascii=False)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON (RFC 8259 section 6).")


@functools.lru_cache(maxsize=1024)
def _condition(line: str) -> Condition:
    if len(line) > LONGEST:
        raise BadCondition
    found = next(_operators(line), None)
    if found is None:
        raise BadCondition
    path, value = line[: found.start()].strip(), line[found.end() :].strip()
    return Condition(line, found[0], _value(value), _path(path))


def _operators(line: str) -> Iterator[re.Match[str]]:
    """Where operators stand that are inside no brackets and no quotes."""
    at = depth = 0
    while at < len(line):
        character = line[at]
        if character in "'\"`":
            at = _end_of_quotes(line, at)
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif depth == 0 and (found := OPERATOR.match(line, at)):
            yield found
            at = found.end() - 1
        at += 1


def _end_of_quotes(line: str, start: int) -> int:
    at = start + 1
    while at < len(line) and line[at] != line[start]:
        at += 2 if line[at] == "\\" else 1
    return at


def _value(text: str) -> object:
    try:
        return parse_json(text.encode())
    except ValueError:
        pass
    if WORD.fullmatch(text):
        return text
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1]
    raise BadCondition


def _path(text: str) -> Parsed:
    try:
        parsed = cast(Parsed, jmespath.parser.Parser().parse(text).parsed)
    # A Warning is one only where warnings are errors: of a literal that is not JSON.
    except (JMESPathError, RecursionError, ValueError, Warning):
        raise BadCondition from None
    _check(parsed, DEEPEST)
    return parsed


def _check(node: object, deepest: int) -> None:
    if not isinstance(node, Mapping):  # the numbers of a slice
        return
    if not deepest or node["type"] not in NODES:
        raise BadCondition
    if node["type"] == "function_expression" and node["value"] not in FUNCTIONS:
        raise BadCondition
    for child in node["children"]:
        _check(child, deepest - 1)


class Walk(TreeInterpreter):  # type: ignore[misc]
    """JMESPath through one document, for so many steps."""

    def __init__(self) -> None:
        super().__init__()
        self._left = STEPS

    def visit(self, node: Parsed, value: Any) -> Any:
        """One step. Raises TooMuch after the last."""
        # Functions go through lists as a whole.
        self._left -= 1 + (len(value) // WEIGHT if isinstance(value, list) else 0)
        if self._left < 0:
            raise TooMuch("It takes too many steps.")
        return super().visit(node, value)
