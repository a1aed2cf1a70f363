"""Publishers at once, in every order that Hypothesis thinks of."""

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statuspage.publish import PublishError, Superseded
from tests.publish.make import links, make_bundle, make_files, number
from tests.publish.turns import Objects, Publisher, Turns, interleave, whole

SEQUENCES = range(1, 7)
TURNS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 15)), max_size=15)


@st.composite
def histories(draw: st.DrawFn) -> dict[int, dict[str, bytes]]:
    """Releases in which incidents appear, change back and forth, and are gone for good."""
    pages: dict[int, dict[str, str]] = {sequence: {} for sequence in SEQUENCES}
    for name in "ab":
        first, last = draw(st.integers(1, 6)), draw(st.integers(1, 6))
        for sequence in range(first, last + 1):
            pages[sequence][name] = draw(st.sampled_from(["down", "up"]))
    return {sequence: make_files(sequence, page) for sequence, page in pages.items()}


def shown(objects: Objects) -> dict[str, bytes]:
    return {path: content for path, (content, _) in objects.items() if path != "sequence.json"}


class Customer:
    """Reads the page after every step."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._last = 0

    def looks(self) -> None:
        if "index.html" not in self._objects:
            return
        index = self._objects["index.html"][0]
        assert number(index) >= self._last, "the page went back"
        self._last = number(index)
        missing = [link for link in links(index) if link not in self._objects]
        assert not missing, f"the index names missing files: {missing}"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(releases=histories(), turns=TURNS)
def test_publishers_at_once_never_take_the_page_back(
    releases: dict[int, dict[str, bytes]], turns: Turns
) -> None:
    objects: Objects = {}
    whole(objects, make_bundle(releases, 1))
    customer = Customer(objects)
    publishers = {sequence: Publisher(objects, make_bundle(releases, sequence, 1)) for sequence in (2, 3, 4)}
    interleave([*publishers.values()], turns, customer.looks)
    done = [sequence for sequence, publisher in publishers.items() if publisher.error is None]
    assert number(objects["index.html"][0]) >= max(done, default=1)
    whole(objects, make_bundle(releases, 5, 1))
    customer.looks()
    whole(objects, make_bundle(releases, 6, 5))
    assert shown(objects) == releases[6]


def test_a_straggler_that_no_store_can_tell_is_healed_by_the_next_publication() -> None:
    """Back to the old content is the same content: the straggler's condition holds."""
    pages = ["down", "up", "down", "down"]
    releases = {sequence: make_files(sequence, {"a": text}) for sequence, text in enumerate(pages, 1)}
    objects: Objects = {}
    whole(objects, make_bundle(releases, 1))
    straggler = Publisher(objects, make_bundle(releases, 2, 1))
    straggler.step_until("write incidents/a/index.html")
    whole(objects, make_bundle(releases, 3, 1))
    straggler.finish()
    assert isinstance(straggler.error, Superseded)
    assert objects["incidents/a/index.html"][0] == b"up"
    whole(objects, make_bundle(releases, 4, 3))
    assert shown(objects) == releases[4]


def test_a_straggler_that_deletes_what_came_back_is_healed_by_the_next_publication() -> None:
    pages: list[dict[str, str]] = [{"a": "down"}, {}, {"a": "down"}, {"a": "down"}]
    releases = {sequence: make_files(sequence, page) for sequence, page in enumerate(pages, 1)}
    objects: Objects = {}
    whole(objects, make_bundle(releases, 1))
    straggler = Publisher(objects, make_bundle(releases, 2, 1))
    straggler.step_until("delete incidents/a/index.html")
    whole(objects, make_bundle(releases, 3, 1))
    straggler.finish()
    assert isinstance(straggler.error, Superseded)
    whole(objects, make_bundle(releases, 4, 3))
    assert shown(objects) == releases[4]


def test_a_publisher_that_dies_anywhere_is_healed_by_the_next_one() -> None:
    releases = {
        1: make_files(1, {"a": "down"}),
        2: make_files(2, {"b": "down"}),
        3: make_files(3, {"b": "up"}),
    }
    for steps in itertools.count():
        objects: Objects = {}
        whole(objects, make_bundle(releases, 1))
        dies = Publisher(objects, make_bundle(releases, 2, 1))
        alive = all(dies.step() for _ in range(steps))
        whole(objects, make_bundle(releases, 3, 1))
        assert shown(objects) == releases[3]
        dies.finish()
        if not alive:
            break
    assert steps > 20


def test_a_store_that_ignores_conditions_is_refused() -> None:
    objects: Objects = {}
    publisher = Publisher(objects, make_bundle({1: make_files(1)}, 1), heeds=False)
    publisher.finish()
    assert isinstance(publisher.error, PublishError)
    assert "conditional writes" in str(publisher.error)
    assert shown(objects) == {}
