"""Conditions on JSON: what holds, what is refused, and what a hostile document or path can cost."""

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.probes.conditions import (
    STEPS,
    BadCondition,
    TooMuch,
    Walk,
    parse_conditions,
    parse_json,
    shown,
)

DOCUMENT = {
    "status": "ok",
    "version": "2.10.1",
    "ready": True,
    "failed": False,
    "nothing": None,
    "one": 1,
    "load": 0.5,
    "errors": [],
    "tags": ["a", "b"],
    "odd key": "x",
    "a==b": "c",
    "checks": [
        {"name": "db", "state": "up", "ms": 12},
        {"name": "queue", "state": "down", "ms": 340},
    ],
}


def holds(line: str, document: object = DOCUMENT) -> bool:
    (condition,) = parse_conditions(line)
    return condition.holds(condition.find(document))


@pytest.mark.parametrize(
    "line",
    [
        'status == "ok"',
        "status == ok",
        "status == 'ok'",
        "  status==ok  ",
        "status != down",
        "version == 2.10.1",
        "ready == true",
        "ready != 1",
        "one == 1.0",
        "one != true",
        "failed == false",
        "failed != 0",
        "failed != null",
        "nothing == null",
        "missing == null",
        "missing.deeper[3].still == null",
        "load < 1",
        "load <= 0.5",
        "one >= 1",
        "one > -1",
        'version > "2"',
        "errors == []",
        "length(errors) == 0",
        "length(checks) >= 2",
        'tags == ["a", "b"]',
        "tags contains a",
        "version contains .10.",
        "@ contains status",
        "checks[?state=='down'].name | [0] == queue",
        "checks[?ms > `100`].name contains queue",
        "length(checks[?state=='down']) < 2",
        "max(checks[].ms) < 400",
        "max_by(checks, &ms).name == queue",
        '"odd key" == x',
        '"a==b" == c',
        'checks[0] == {"name": "db", "state": "up", "ms": 12}',
        "contains(tags, 'b') == true",
        "!ready == false",
    ],
)
def test_it_holds(line: str) -> None:
    assert holds(line)


@pytest.mark.parametrize(
    "line",
    [
        "status == OK",
        "status == null",
        "one == true",
        "ready == 1",
        "failed == 0",
        'one == "1"',
        "one < two",
        "status < 5",
        "missing < 5",
        "missing > 5",
        "missing contains x",
        "ready >= true",
        "version > 2",
        "tags contains c",
        'tags == ["b", "a"]',
        "length(missing) >= 0",
        "abs(status) == 1",
        "tags[::0] == a",
        'checks[0] == {"name": "db"}',
    ],
)
def test_it_does_not_hold(line: str) -> None:
    assert not holds(line)


def test_the_examples_of_the_guide_are_conditions() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "probes.md").read_text()
    examples = guide.partition("### Conditions on JSON")[2].partition("```text\n")[2].partition("```")[0]
    assert len(parse_conditions(examples)) == len(examples.splitlines()) > 5


def test_each_line_is_a_condition_and_empty_ones_are_none() -> None:
    assert [each.text for each in parse_conditions("\n a == 1 \r\n\n b != 2\n")] == ["a == 1", "b != 2"]
    assert parse_conditions(" \n") == ()


def test_what_was_found_is_told_shortly() -> None:
    told = [shown(each) for each in (None, True, "é", 1.5, [1, 2, 3], {"a": 1})]
    assert told == ["null", "true", '"é"', "1.5", "[3]", "{1}"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(JSON)
def test_a_value_equals_itself_and_is_told(value: object) -> None:
    text = json.dumps(value)
    if len(text) < 400:
        assert holds(f"@ == {text}", value)
        assert not holds(f"@ != {text}", value)
    assert isinstance(shown(value), str)


@given(st.text(alphabet="ab@[]{}()*?.,:|&!<>=`'\"\\ 1-contains\n", max_size=60), JSON)
def test_whatever_is_typed_is_refused_or_looks(text: str, document: object) -> None:
    try:
        conditions = parse_conditions(text)
    except BadCondition:
        return
    for condition in conditions:
        condition.holds(condition.find(document))


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"-Infinity", b"\xff\xfe", b"[" * 60_000, b"1" * 60_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(body)


LARGE = [{"n": number} for number in range(30_000)]


@pytest.mark.parametrize(
    "path",
    [
        "[?n||n||n||n||n||n||n||n].n | [0]",
        "[*].n.n.n.n.n.n.n.n.n | length(@)",
        "|".join(["[*]"] * 40),
        "[?" + "!" * 40 + "n] | [0]",
        # No node is visited often, and each goes through all of it.
        "(" + "||".join(["length(@)<`0`"] * 30) + ")",
        "|".join(["@[]"] * 40),
    ],
)
def test_a_large_document_is_given_up_after_a_bounded_number_of_steps(path: str) -> None:
    (condition,) = parse_conditions(f"{path} == 1")
    with pytest.raises(TooMuch):
        condition.find(LARGE)
    assert STEPS <= 100_000


def test_ten_conditions_take_no_more_steps_than_one() -> None:
    conditions = parse_conditions("[?n==`1`] | [0].n == 1\n" * 10)
    document, walk = LARGE[:10_000], Walk()
    assert conditions[0].find(document, walk) == 1
    with pytest.raises(TooMuch):
        [condition.find(document, walk) for condition in conditions]


@pytest.mark.parametrize("path", ["|".join(["@[]"] * 40), "sort([].n)", "@[::-1][::-1][::-1]"])
def test_no_path_makes_more_of_a_document_than_there_is_in_it(path: str) -> None:
    (condition,) = parse_conditions(f"length({path}) > 1")
    document = [[number] for number in range(1_000)]
    tracemalloc.start()
    try:
        condition.find(document)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000
