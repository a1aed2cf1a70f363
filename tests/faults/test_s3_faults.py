"""F4: a store that fails in every way. Each file stays whole, the page never goes back, and heals."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from statuspage.publish import TARGETS, PublishError, s3store
from tests.faults.proxy import (
    Answer,
    CutAnswer,
    CutRequest,
    FaultProxy,
    Hang,
    LoseAnswer,
    Rule,
    Slow,
    always,
    only,
    since,
)
from tests.publish.customer import read_all_the_while
from tests.publish.make import make_bundle, make_files
from tests.publish.places import Bucket, publish, state
from tests.publish.s3server import S3Server

LONG = "<!doctype html>" + "the same thing over and over, " * 100
RELEASES = {
    1: make_files(1, {"a": LONG + "1", "b": LONG + "1", "c": LONG + "1"}),
    2: make_files(2, {"a": LONG + "2", "b": LONG + "2", "d": LONG + "2"}),
    3: make_files(3, {"a": LONG + "2", "b": LONG + "3", "d": LONG + "3"}),
}
BROKEN = Answer(500, "InternalError")
# A publication of release 2 makes 9 PUTs: the claim, 3 incidents, … and at last the state.
ONCE = {
    "a 500 on the third object": lambda: only(3, BROKEN),
    "a request cut in the middle": lambda: only(3, CutRequest()),
    "a claim whose answer is lost": lambda: only(1, LoseAnswer()),
    "a write whose answer is lost": lambda: only(3, LoseAnswer()),
    "an answer cut in the middle": lambda: only(3, CutAnswer()),
    "a read cut in the middle": lambda: only(3, CutAnswer(), "HEAD"),
    "a line of 20 kB/s": lambda: always(Slow(20_000)),
}
FOR_LONG = {
    "500 from the third object on": (lambda: since(3, BROKEN), "problem of its own"),
    "500 on everything": (lambda: always(BROKEN), "problem of its own"),
    "503 SlowDown": (lambda: since(3, Answer(503, "SlowDown")), "slow down"),
    "requests cut in the middle": (lambda: since(3, CutRequest()), "broke or was too slow"),
    "claims whose answer is lost": (lambda: always(LoseAnswer(), "PUT"), "broke or was too slow"),
    "a wrong clock": (lambda: always(Answer(403, "RequestTimeTooSkewed")), "clock"),
    "a wrong clock in the middle": (lambda: since(4, Answer(403, "RequestTimeTooSkewed")), "clock"),
    "rights taken away in the middle": (lambda: since(4, Answer(403, "AccessDenied")), "denies access"),
    "deletes refused": (lambda: always(Answer(403, "AccessDenied"), "DELETE"), "denies access"),
    "conditional writes unknown": (
        lambda: always(Answer(501, "NotImplemented"), "PUT"),
        "conditional writes",
    ),
    "a web server that is no store": (lambda: always(Answer(200, "Hello")), "not ours|no S3 store"),
    "silence": (lambda: always(Hang()), "too slow"),
    "silence in the middle": (lambda: since(3, Hang()), "too slow"),
}


@pytest.fixture
def place(s3: S3Server, bucket: str, keys: dict[str, str]) -> Bucket:
    place = Bucket(s3, bucket, keys)
    publish(place, make_bundle(RELEASES, 1))
    return place


@pytest.mark.parametrize("rule", ONCE.values(), ids=ONCE.keys())
def test_one_fault_is_overcome_at_once(place: Bucket, rule: Callable[[], Rule]) -> None:
    with FaultProxy(place.server.url, [rule()]) as proxy, read_all_the_while(place) as customer:
        publish(place, make_bundle(RELEASES, 2, 1), endpoint_url=proxy.url)
    assert proxy.fired
    assert place.shown() == RELEASES[2]
    assert customer.wrong == []


@pytest.mark.parametrize(("rule", "sentence"), FOR_LONG.values(), ids=FOR_LONG.keys())
def test_a_lasting_fault_is_told_tears_nothing_and_heals(
    place: Bucket, monkeypatch: pytest.MonkeyPatch, rule: Callable[[], Rule], sentence: str
) -> None:
    known = {content for files in RELEASES.values() for content in files.values()}
    with FaultProxy(place.server.url, [rule()]) as proxy, read_all_the_while(place) as customer:
        with monkeypatch.context() as hasty:
            # An answer may come late on a busy machine; only one that never comes is not worth waiting for.
            if sentence == "too slow":
                hasty.setattr(s3store, "READ_SECONDS", 0.3)
            with pytest.raises(PublishError, match=sentence):
                publish(place, make_bundle(RELEASES, 2, 1), endpoint_url=proxy.url)
        assert set(place.shown().values()) <= known
        s3store._client.cache_clear()
        proxy.heal()
        publish(place, make_bundle(RELEASES, 3, 1), endpoint_url=proxy.url)
    assert place.shown() == RELEASES[3]
    assert customer.wrong == []
    assert state(place)["whole"] == 3


def test_a_store_that_is_too_slow_is_given_up(place: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3store, "DEADLINE_SECONDS", 1.0)
    slow = FaultProxy(place.server.url, [always(Slow(2_000))])
    with slow as proxy, pytest.raises(PublishError, match="not everything was written"):
        publish(place, make_bundle(RELEASES, 2, 1), endpoint_url=proxy.url)


def test_a_slow_line_is_given_the_time_that_its_bytes_take(
    place: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 kB/s for 60 kB, which no fixed second would do for."""
    monkeypatch.setattr(s3store, "DEADLINE_SECONDS", 1.0)
    big = RELEASES[2] | {f"incidents/{name}/index.html": 20_000 * b"x" for name in "abd"}
    with FaultProxy(place.server.url, [always(Slow(20_000))]) as proxy:
        started = time.monotonic()
        publish(place, make_bundle({1: RELEASES[1], 2: big}, 2, 1), endpoint_url=proxy.url)
        took = time.monotonic() - started
    assert took > 1.0, "it was too quick to mean anything"
    assert place.shown() == big


def test_a_broken_private_place_costs_no_more_than_the_way_back(place: Bucket, private_bucket: str) -> None:
    bundle = replace(make_bundle(RELEASES, 2, 1), previous=lambda: dict(RELEASES[1]))

    def breaks(method: str, path: str) -> Answer | None:
        return BROKEN if path.startswith(f"/{private_bucket}") else None

    with FaultProxy(place.server.url, [breaks]) as proxy, read_all_the_while(place) as customer:
        result = publish(place, bundle, endpoint_url=proxy.url, private_bucket=private_bucket)
    assert place.shown() == RELEASES[2]
    assert customer.wrong == []
    assert "problem of its own" in str(result.warnings[0])


def test_what_the_target_says_and_holds_is_read_through_a_fault(place: Bucket) -> None:
    with FaultProxy(place.server.url, [only(1, BROKEN, "GET"), only(3, CutAnswer(), "GET")]) as proxy:
        target = TARGETS["s3"].parse(place.config | {"endpoint_url": proxy.url})
        said = target.state()
        assert said
        assert said.sequence == 1
        assert target.read("index.html") == RELEASES[1]["index.html"]
        proxy.faults[:] = [always(BROKEN)]
        for read in (target.state, lambda: target.read("index.html")):
            with pytest.raises(PublishError, match="problem of its own"):
                read()


def test_a_publication_costs_what_changed(place: Bucket) -> None:
    """One PUT per changed object and two for the sequence; nothing is listed."""
    with FaultProxy(place.server.url) as proxy:
        result = publish(place, make_bundle(RELEASES, 2, 1), endpoint_url=proxy.url)
    methods = [method for method, _ in proxy.requests]
    assert methods.count("PUT") == len(result.written) + 2
    assert methods.count("DELETE") == 1
    assert not any("list-type" in path for _, path in proxy.requests)
