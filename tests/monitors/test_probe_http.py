"""HTTP: which statuses mean up, and where redirects are followed."""

import asyncio

import pytest

from monitors.network.guard import NOTHING, Allow
from monitors.probes import PROBES, ConfigError, Outcome, Result
from tests.monitors.targets import answering, redirecting, response, serving

LOOPBACK = Allow.parse("127.0.0.1/32")


def observe(raw_or_location: bytes | str, **settings: str) -> tuple[Outcome, str]:
    """The outcome for a server that answers this, or redirects there, and the request that it got."""

    async def run() -> tuple[Outcome, str]:
        answer = raw_or_location
        talk = answering(answer) if isinstance(answer, bytes) else redirecting(answer)
        async with serving(talk) as target:
            config = PROBES["http"].parse({"url": target.url(), **settings}, LOOPBACK)
            return await PROBES["http"].run(config, 20, LOOPBACK), target.heads[0]

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "expected", "result"),
    [
        (200, "200-399", Result.UP),
        (399, "200-399", Result.UP),
        (400, "200-399", Result.DOWN),
        (503, "200-399", Result.DOWN),
        (401, "200-399,401", Result.UP),
        (402, "200-399,401", Result.DOWN),
        (503, " 503 , 200 - 299 ", Result.UP),
        (200, "503", Result.DOWN),
    ],
)
def test_the_status_decides(status: int, expected: str, result: Result) -> None:
    outcome, _head = observe(response(f"{status} Said"), expected_statuses=expected)
    assert (outcome.result, outcome.status_code) == (result, status)
    assert outcome.reason == (None if result is Result.UP else "status")


@pytest.mark.parametrize(
    "text", ["", ",", "200-", "-200", "399-200", "99", "600", "1000", "2xx", "200;300", "٢٠٠", "200-299-399"]
)
def test_statuses_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        PROBES["http"].parse({"url": "https://example.com/", "expected_statuses": text}, NOTHING)
    assert refusal.value.field == "expected_statuses"


def test_head_asks_for_no_content() -> None:
    outcome, head = observe(response(body=b""), method="HEAD")
    assert outcome.result is Result.UP
    assert head.startswith("HEAD / HTTP/1.1\r\n")


def test_a_redirect_to_nowhere_is_down() -> None:
    outcome, _head = observe("/again")
    assert (outcome.result, outcome.reason) == (Result.DOWN, "too_many_redirects")


def test_a_redirect_that_is_expected_is_not_followed() -> None:
    outcome, _head = observe("http://169.254.169.254/", expected_statuses="301-302")
    assert (outcome.result, outcome.status_code) == (Result.UP, 302)


def test_a_redirect_into_a_private_network_is_not_followed() -> None:
    outcome, _head = observe("http://169.254.169.254/latest/meta-data/")
    assert (outcome.result, outcome.reason) == (Result.UNKNOWN, "forbidden")
