"""What every kind of probe keeps: settings refused by name, the deadline held, nothing raised."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.guard import NOTHING, Allow
from monitors.probes import PROBES, ConfigError, Outcome, Probe, Result
from tests.monitors.targets import HOSTILE, Target, answering, response, serving, silence

LOOPBACK = Allow.parse("127.0.0.1/32")
# A new kind joins the tests below with the settings that watch a local server.
TARGETS: dict[str, Callable[[Target], dict[str, object]]] = {
    "http": lambda target: {"url": target.url()},
    "tcp": lambda target: {"address": f"127.0.0.1:{target.port}"},
}
VALID: dict[str, dict[str, object]] = {
    "http": {"url": "https://example.com/"},
    "tcp": {"address": "example.com:443"},
}
RUBBISH: list[object] = [
    None,
    1,
    True,
    [],
    {},
    b"",
    "\0",
    "\r\n",
    "x" * 2001,
    "x" * 1_000_000,
    "javascript:alert(1)",
]
PRIVATE = {
    "http": ("url", "http://169.254.169.254/latest/meta-data/"),
    "tcp": ("address", "169.254.169.254:80"),
}
every_kind = pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)


def refused_field(probe: Probe[Any], config: Mapping[str, object]) -> str:
    with pytest.raises(ConfigError) as refusal:
        probe.parse(config, NOTHING)
    assert 0 < len(refusal.value.sentence) <= 200
    return refusal.value.field


async def run(probe: Probe[Any], target: Target, deadline: float) -> Outcome:
    config = probe.parse(TARGETS[probe.kind](target), LOOPBACK)
    return await asyncio.wait_for(probe.run(config, deadline, LOOPBACK), 30)


def test_every_kind_is_under_its_own_name_and_in_these_tests() -> None:
    assert (
        {probe.kind for probe in PROBES.values()} == set(PROBES) == set(TARGETS) == set(VALID) == set(PRIVATE)
    )


@every_kind
def test_defaults_are_valid(probe: Probe[Any]) -> None:
    probe.parse(VALID[probe.kind], NOTHING)
    for field in probe.fields:
        assert field.label
        assert field.required or not field.choices or field.default in field.choices


@every_kind
@pytest.mark.parametrize("value", RUBBISH, ids=lambda value: repr(value)[:20])
def test_rubbish_is_refused_and_the_field_named(probe: Probe[Any], value: object) -> None:
    for field in probe.fields:
        assert refused_field(probe, VALID[probe.kind] | {field.name: value}) == field.name


@every_kind
def test_a_required_field_is_required(probe: Probe[Any]) -> None:
    for field in probe.fields:
        if field.required:
            assert refused_field(probe, VALID[probe.kind] | {field.name: " "}) == field.name
        if field.required and not field.default:
            missing = {name: value for name, value in VALID[probe.kind].items() if name != field.name}
            assert refused_field(probe, missing) == field.name


@every_kind
def test_an_unknown_setting_is_refused(probe: Probe[Any]) -> None:
    assert refused_field(probe, VALID[probe.kind] | {"surprise": "x"}) == "surprise"


@every_kind
def test_a_private_address_is_refused_before_it_is_saved(probe: Probe[Any]) -> None:
    field, address = PRIVATE[probe.kind]
    assert refused_field(probe, {field: address}) == field


@every_kind
def test_what_answers_is_up(probe: Probe[Any]) -> None:
    async def observe() -> Outcome:
        async with serving(answering(response())) as target:
            return await run(probe, target, 20)

    outcome = asyncio.run(observe())
    assert (outcome.result, outcome.reason, outcome.excerpt) == (Result.UP, None, "")
    assert outcome.duration_ms > 0


@every_kind
def test_what_does_not_listen_is_down(probe: Probe[Any]) -> None:
    async def observe() -> Outcome:
        async with serving(silence) as target:
            pass
        return await run(probe, target, 20)

    outcome = asyncio.run(observe())
    assert (outcome.result, outcome.reason) == (Result.DOWN, "refused")


@every_kind
@pytest.mark.parametrize("name", HOSTILE)
def test_no_target_makes_it_raise_or_miss_its_deadline(probe: Probe[Any], name: str) -> None:
    async def observe() -> Outcome:
        async with serving(HOSTILE[name]) as target:
            return await run(probe, target, 0.4)

    outcome = asyncio.run(observe())
    assert outcome == Outcome.from_json(json.loads(json.dumps(outcome.to_json())))


@every_kind
def test_an_address_that_becomes_private_is_unknown_not_down(probe: Probe[Any]) -> None:
    async def observe() -> Outcome:
        async with serving(silence) as target:
            config = probe.parse(TARGETS[probe.kind](target), LOOPBACK)
            return await probe.run(config, 20, NOTHING)

    outcome = asyncio.run(observe())
    assert (outcome.result, outcome.reason) == (Result.UNKNOWN, "forbidden")


class Broken(Probe[None]):
    """A kind with a defect."""

    kind = "broken"
    label = "Broken"
    fields = ()

    def read(self, values: Mapping[str, str], allow: Allow) -> None:
        return None

    async def look(self, config: None, deadline: float, allow: Allow) -> Any:
        raise ZeroDivisionError("-".join(["s3cret"] * 2))


def test_a_defect_is_unknown_and_logged_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        outcome = asyncio.run(Broken().run(None, 1, NOTHING))
    assert (outcome.result, outcome.reason) == (Result.UNKNOWN, "internal")
    assert "ZeroDivisionError" in caplog.text
    assert "s3cret-s3cret" not in caplog.text


@given(
    st.dictionaries(
        st.sampled_from(
            ["result", "duration_ms", "reason", "excerpt", "facts", "phases", "status_code", "more"]
        ),
        st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.booleans(), st.sampled_from(Result)),
    )
)
def test_any_message_is_an_outcome_or_refused(data: dict[str, object]) -> None:
    try:
        outcome = Outcome.from_json(data)
    except ValueError:
        return
    assert outcome.duration_ms >= 0
    assert outcome.status_code is None or 100 <= outcome.status_code <= 999
    assert outcome.excerpt.encode().find(b"\0") == -1
