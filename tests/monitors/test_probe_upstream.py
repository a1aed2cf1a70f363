"""Upstream: what recorded pages of others say, and what becomes of a page that says nothing."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from monitors.network.guard import NOTHING, Allow
from monitors.probes import PROBES, ConfigError, Outcome, Result
from monitors.probes.upstream import MOST_BYTES, SUMMARY, Said, read_summary
from tests.monitors.targets import Talk, Target, answering, redirecting, response, serving, silence

LOOPBACK = Allow.parse("127.0.0.1/32")
FIXTURES = Path(__file__).parents[1] / "fixtures"


def recorded(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text())


def observe(talk: Talk | bytes | Any, deadline: float = 20, **settings: str) -> tuple[Outcome, Target]:
    """What is made of a page that says this."""
    if not callable(talk):
        body = talk if isinstance(talk, bytes) else json.dumps(talk).encode()
        talk = answering(response(body=body, Content_Type="application/json"))

    async def run() -> tuple[Outcome, Target]:
        async with serving(talk) as target:
            config = PROBES["upstream"].parse({"page": target.url(), **settings}, LOOPBACK)
            return await PROBES["upstream"].run(config, deadline, LOOPBACK), target

    return asyncio.run(run())


def told(outcome: Outcome) -> tuple[Result, str | None]:
    return outcome.result, outcome.reason


def page(status: str = "operational", indicator: str = "none", **more: Any) -> dict[str, Any]:
    component = {"id": "abc123", "name": "API", "status": status, **more}
    other = {"id": "def456", "name": "Site", "status": "operational"}
    return {
        "page": {"name": "Supplier"},
        "components": [other, component],
        "status": {"indicator": indicator},
    }


def test_a_page_that_says_all_is_well_is_up() -> None:
    outcome, target = observe(recorded("statuspage_summary_well.json"))
    assert told(outcome) == (Result.UP, None)
    assert target.heads[0].startswith(f"GET {SUMMARY} HTTP/1.1\r\n")


@pytest.mark.parametrize("component", ["8l4ygp009s5s", "Git Operations", " git operations "])
def test_a_component_is_found_by_its_id_or_its_name(component: str) -> None:
    outcome, _target = observe(recorded("statuspage_summary_well.json"), component=component)
    assert told(outcome) == (Result.UP, None)


def test_a_recorded_outage_is_told_by_component() -> None:
    summary = recorded("statuspage_summary_outage.json")
    troubled = next(each for each in summary["components"] if each["status"] == "degraded_performance")
    outcome, _target = observe(summary, component=troubled["id"])
    assert told(outcome) == (Result.DEGRADED, "upstream_degraded")
    assert outcome.facts == {"name": troubled["name"], "status": "degraded_performance"}
    assert observe(summary)[0].result == Result.DEGRADED


@pytest.mark.parametrize(
    ("status", "partial", "result", "reason"),
    [
        ("operational", "degraded", Result.UP, None),
        ("degraded_performance", "down", Result.DEGRADED, "upstream_degraded"),
        ("partial_outage", "degraded", Result.DEGRADED, "upstream_partial"),
        ("partial_outage", "down", Result.DOWN, "upstream_partial"),
        ("major_outage", "degraded", Result.DOWN, "upstream_major"),
        ("under_maintenance", "down", Result.DEGRADED, "upstream_maintenance"),
    ],
)
def test_what_a_status_means(status: str, partial: str, result: Result, reason: str | None) -> None:
    assert told(observe(page(status), component="API", partial=partial)[0]) == (result, reason)


@pytest.mark.parametrize(
    ("indicator", "result"),
    [
        ("none", Result.UP),
        ("minor", Result.DEGRADED),
        ("major", Result.DEGRADED),
        ("critical", Result.DOWN),
        ("maintenance", Result.DEGRADED),
    ],
)
def test_what_an_indicator_means(indicator: str, result: Result) -> None:
    assert observe(page(indicator=indicator))[0].result == result


@pytest.mark.parametrize("component", ["Nothing", "abc", "API "])
def test_a_component_that_is_not_there_once_is_unknown_and_said_so(component: str) -> None:
    summary = page()
    if component == "API ":
        summary["components"].append({"id": "again", "name": "api", "status": "major_outage"})
    assert told(observe(summary, component=component)[0]) == (Result.UNKNOWN, "upstream_component")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html>",
        b"[]",
        b"null",
        b"[" * 100_000,
        b"\xff\xfe",
        b"9" * 100_000,
        b'{"components": {}, "status": {"indicator": "none"}, "page": {}}',
        b'{"components": [], "status": {"indicator": "splendid"}, "page": {}}',
        b'{"components": [], "status": {"indicator": 1}, "page": {}}',
        b" " * MOST_BYTES + b"{}",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_page_that_cannot_be_read_is_unknown_not_down(body: bytes) -> None:
    assert told(observe(body)[0]) == (Result.UNKNOWN, "upstream_silent")


def test_a_page_whose_name_is_no_name_is_read_all_the_same() -> None:
    for depth in range(700, 1_000):
        nested = b"[" * depth + b"]" * depth
        body = b'{"components": [], "status": {"indicator": "minor"}, "page": {"name": %b}}' % nested
        try:
            assert read_summary(body, "") == Said("", "minor")
        except ValueError:
            assert depth > 800


def test_a_component_with_a_status_that_nobody_knows_is_unknown() -> None:
    assert told(observe(page("on_fire"), component="API")[0]) == (Result.UNKNOWN, "upstream_silent")


def test_a_page_that_is_down_says_nothing_of_what_it_tells_about() -> None:
    outcome, _target = observe(answering(response("503 Unavailable", b"sorry")))
    assert (*told(outcome), outcome.status_code) == (Result.UNKNOWN, "upstream_silent", 503)
    assert outcome.excerpt == "sorry"
    outcome, _target = observe(silence, deadline=2)
    assert (*told(outcome), outcome.facts) == (Result.UNKNOWN, "upstream_silent", {"cause": "timeout"})


def test_a_page_may_have_moved() -> None:
    async def run() -> Outcome:
        async with (
            serving(answering(response(body=json.dumps(page()).encode()))) as target,
            serving(redirecting(target.url(SUMMARY))) as old,
        ):
            config = PROBES["upstream"].parse({"page": old.url()}, LOOPBACK)
            return await PROBES["upstream"].run(config, 20, LOOPBACK)

    assert asyncio.run(run()).result == Result.UP


@pytest.mark.parametrize(
    "text",
    [
        "https://status.example",
        "https://status.example/",
        " https://status.example/?tab=1#now",
        "https://status.example/api/v2/summary.json",
    ],
)
def test_any_address_of_the_page_will_do(text: str) -> None:
    config = PROBES["upstream"].parse({"page": text}, NOTHING)
    assert config.url == "https://status.example/api/v2/summary.json"


@pytest.mark.parametrize(
    "page", ["status.example", "ftp://status.example", "http://10.0.0.1/", "https://a@b/"]
)
def test_addresses_that_make_no_sense_are_refused(page: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        PROBES["upstream"].parse({"page": page}, NOTHING)
    assert refusal.value.field == "page"
