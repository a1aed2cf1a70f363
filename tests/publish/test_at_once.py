"""Several publishers at once, and publishers that are killed, at real places with customers reading."""

import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from statuspage.publish import PublishError, Superseded
from tests.publish.customer import read_all_the_while
from tests.publish.make import Releases, make_bundle, make_files
from tests.publish.places import Bucket, Folder, Place, publish, state


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Folder(tmp_path / "page")
    return Bucket(*(request.getfixturevalue(name) for name in ("s3", "bucket", "keys")))


def make_history(count: int) -> Releases:
    """Releases in which incidents come, change back and forth, and go."""
    return {
        sequence: make_files(
            sequence,
            {f"i{name}": "down" if (sequence + name) % 2 else "up" for name in range(sequence, sequence + 4)},
        )
        for sequence in range(1, count + 1)
    }


def run_publisher(place: Place, releases: Releases, sequences: "Iterator[int]", whole: list[int]) -> None:
    """Publishes one sequence after the other, as a worker does that lost its lock to another."""
    for sequence in sequences:
        try:
            publish(place, make_bundle(releases, sequence, max(whole)))
        except PublishError:
            continue
        whole.append(sequence)


def test_two_publishers_at_once_never_take_the_page_back(place: Place) -> None:
    releases = make_history(26)
    publish(place, make_bundle(releases, 1))
    sequences = iter(range(2, 25))
    lock = threading.Lock()

    def next_ones() -> Iterator[int]:
        while True:
            with lock:
                sequence = next(sequences, None)
            if sequence is None:
                return
            yield sequence

    whole = [1]
    with read_all_the_while(place) as customer:
        publishers = [
            threading.Thread(target=run_publisher, args=(place, releases, next_ones(), whole))
            for _ in range(2)
        ]
        for publisher in publishers:
            publisher.start()
        for publisher in publishers:
            publisher.join()
        publish(place, make_bundle(releases, 25, max(whole)))
        publish(place, make_bundle(releases, 26, 25))
    assert customer.wrong == []
    assert customer.reads > 10
    assert place.shown() == releases[26]


def test_an_older_publisher_that_comes_late_changes_nothing(place: Place) -> None:
    releases = make_history(4)
    for sequence in (1, 2, 4):
        publish(place, make_bundle(releases, sequence, sequence - 1))
    with pytest.raises(Superseded) as refused:
        publish(place, make_bundle(releases, 3, 2))
    assert refused.value.sequence == 4
    assert place.shown() == releases[4]


def make_big(sequence: int) -> dict[str, bytes]:
    text = f"<!doctype html>version {sequence}"
    return make_files(sequence, {f"i{number}": text for number in range(150)})


def be_killed(place_kind: str, config: dict[str, str], keys: dict[str, str]) -> None:
    """Runs in a process of its own, and never comes to its end: whoever is slow to kill it is in time."""
    from statuspage.publish import TARGETS, s3store
    from statuspage.publish.tree import Tree

    os.environ.update(keys)
    releases = {1: make_big(1), 2: make_big(2)}
    stuck = patch.object(Tree, "place", stuck_after(20, Tree.place))
    with stuck, patch.object(s3store.Bucket, "write", stuck_after(20, s3store.Bucket.write)):
        TARGETS[place_kind].parse(config).publish(make_bundle(releases, 2, 1))


def stuck_after(most: int, write: Callable[..., Any]) -> Callable[..., Any]:
    """The same, but for good in the middle of its work from so many calls on."""
    calls = itertools.count()

    def written(*given: Any) -> Any:
        if next(calls) >= most:
            threading.Event().wait()
        return write(*given)

    return written


def test_a_publisher_killed_in_the_middle_is_healed_by_the_next_one(place: Place) -> None:
    releases = {1: make_big(1), 2: make_big(2), 3: make_big(3)}
    publish(place, make_bundle(releases, 1))
    keys = {name: os.environ[name] for name in place.config.values() if name in os.environ}
    first = sorted(path for path in releases[1] if path.startswith("incidents/"))[0]
    process = multiprocessing.get_context("spawn").Process(
        target=be_killed, args=(place.kind, place.config, keys)
    )
    with read_all_the_while(place) as customer:
        process.start()
        while place.get(first) == releases[1][first]:
            process.join(0.001)
            assert process.is_alive()
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        said = state(place)
        assert (said["sequence"], said["whole"]) == (2, 1), "it was killed too late to mean anything"
        assert place.get("index.html") == releases[1]["index.html"]
        result = publish(place, make_bundle(releases, 3, 1))
    assert result.resynced
    assert customer.wrong == []
    assert place.shown() == releases[3]
    if place.kind == "directory":
        assert os.listdir(f"{place.config['path']}/.publishing") == ["lock"]
