"""What every kind of probe keeps: settings refused by name, the deadline held, nothing raised or told.

A new kind joins by one line in `kinds.KINDS`.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.network.guard import NOTHING, Allow
from monitors.probes import PROBES, ConfigError, Outcome, Probe, Result
from monitors.probes.base import EXCERPT, PHASES, Finding
from monitors.probes.batch import Checker, Item
from monitors.reasons import Reason
from monitors.secrets import Settings, split
from tests.monitors.kinds import KINDS, SECRET, TOKEN, Kind, Place, forms_of

LOOPBACK = Allow.parse("127.0.0.1/32 [::1]/128")
RUBBISH: dict[str, object] = {
    "nothing": None,
    "a number": 1,
    "true": True,
    "a list": [],
    "an object": {},
    "bytes": b"",
    "NUL": "a\0b",
    "escape": "\x1b[31m",
    "half a character": "\ud800",
    "too long": "x" * 10_001,
    "far too long": "x" * 1_000_000,
}
every_kind = pytest.mark.parametrize("kind", PROBES)


def kinds_with(what: str) -> Any:
    """Each kind that has it."""
    return pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if getattr(kind, what)])


def refused_field(probe: Probe[Any], config: Mapping[str, object]) -> str:
    with pytest.raises(ConfigError) as refusal:
        probe.parse(config, NOTHING)
    assert 0 < len(refusal.value.sentence) <= 200
    return refusal.value.field


def check(kind: str, place: Place, deadline: float, **more: str) -> Outcome:
    """One check of what runs at a place."""
    return asyncio.run(_check(kind, place, deadline, more))


async def _check(kind: str, place: Place, deadline: float, more: Mapping[str, str]) -> Outcome:
    async with place() as settings:
        item = _item(kind, {**settings, **more}, deadline)
        checked = asyncio.create_task(Checker(LOOPBACK).run(item))
        late = asyncio.create_task(_long_after(deadline))
        await asyncio.wait({checked, late}, return_when=asyncio.FIRST_COMPLETED)
        assert checked.done(), "It missed its deadline."
        late.cancel()
        return checked.result()


async def _long_after(deadline: float) -> None:
    """Later than any check that keeps to it, on a machine that stands still in between as well."""
    await asyncio.sleep(10 * deadline)
    for _turn in range(1_000):
        await asyncio.sleep(0)


def _item(kind: str, settings: Mapping[str, str], deadline: float) -> Item:
    halves = split(PROBES[kind], settings)
    return Item(1, kind, halves.config, deadline, secrets=halves.secrets)


def check_all(kind: str, deadline: float, **more: str) -> dict[str, Outcome]:
    """One check of every hostile target of a kind, beside each other."""

    async def run() -> dict[str, Outcome]:
        places = KINDS[kind].hostile
        outcomes = await asyncio.gather(*(_check(kind, each, deadline, more) for each in places.values()))
        return dict(zip(places, outcomes, strict=True))

    return asyncio.run(run())


def secret_fields(kind: str) -> set[str]:
    return {field.name for field in PROBES[kind].fields if field.secret}


def test_every_kind_is_under_its_own_name_and_in_these_tests() -> None:
    assert {probe.kind for probe in PROBES.values()} == set(PROBES) == set(KINDS)


@every_kind
def test_every_field_has_what_these_tests_need(kind: str) -> None:
    known: Kind = KINDS[kind]
    for field in PROBES[kind].fields:
        assert field.label
        assert not field.choices or field.default in field.choices
        assert len(field.options) == len(field.choices)
        assert field.choices or (field.name in known.wrong) != (field.name in known.free), field.name
    assert {name for secrets in known.secrets for name in secrets} >= secret_fields(kind)


@every_kind
def test_defaults_are_valid(kind: str) -> None:
    probe, valid = PROBES[kind], KINDS[kind].valid
    assert probe.parse(valid, NOTHING) == probe.parse(
        {field.name: valid.get(field.name, field.default) for field in probe.fields}, NOTHING
    )


@every_kind
def test_rubbish_is_refused_and_the_field_named(kind: str) -> None:
    for what, value in RUBBISH.items():
        for field in PROBES[kind].fields:
            assert refused_field(PROBES[kind], KINDS[kind].valid | {field.name: value}) == field.name, what


@every_kind
def test_texts_that_make_no_sense_are_refused_and_the_field_named(kind: str) -> None:
    for name, texts in KINDS[kind].wrong.items():
        for text in texts:
            assert refused_field(PROBES[kind], KINDS[kind].valid | {name: text}) == name, text[:50]


@every_kind
def test_what_is_no_choice_is_refused(kind: str) -> None:
    for field in PROBES[kind].fields:
        if field.choices:
            assert refused_field(PROBES[kind], KINDS[kind].valid | {field.name: "telepathy"}) == field.name


@every_kind
def test_a_required_field_is_required(kind: str) -> None:
    valid = KINDS[kind].valid
    for field in PROBES[kind].fields:
        if field.required:
            assert refused_field(PROBES[kind], valid | {field.name: " "}) == field.name
        if field.required and not field.default:
            missing = {name: value for name, value in valid.items() if name != field.name}
            assert refused_field(PROBES[kind], missing) == field.name


@every_kind
def test_an_unknown_setting_is_refused(kind: str) -> None:
    assert refused_field(PROBES[kind], KINDS[kind].valid | {"surprise": "x"}) == "surprise"


@every_kind
@settings(deadline=None)
@given(data=st.data())
def test_whatever_is_typed_is_read_or_refused_by_the_name_of_a_field(kind: str, data: st.DataObject) -> None:
    known = KINDS[kind]
    written = [text for texts in known.wrong.values() for text in texts if len(text) < 200]
    texts = st.text() | st.sampled_from([*known.valid.values(), *written, "", "\r\n"])
    names = [field.name for field in PROBES[kind].fields]
    typed = known.valid | data.draw(st.dictionaries(st.sampled_from(names), texts, min_size=1))
    refusal = None
    try:
        PROBES[kind].parse(typed, NOTHING)
    except ConfigError as error:
        refusal = error
    assert refusal is None or refusal.field in names
    assert not any(len(text) > 20 and text in str(refusal) for text in typed.values())


@kinds_with("private")
def test_a_private_address_is_refused_before_it_is_saved(kind: str) -> None:
    field, address = KINDS[kind].private or ("", "")
    assert refused_field(PROBES[kind], KINDS[kind].valid | {field: address}) == field


@kinds_with("up")
def test_what_answers_is_up(kind: str) -> None:
    place = KINDS[kind].up
    assert place is not None
    outcome = check(kind, place, 20)
    assert (outcome.result, outcome.reason, outcome.excerpt) == (Result.UP, None, "")
    assert outcome.duration_ms > 0


@kinds_with("closed")
def test_what_does_not_listen_is_down(kind: str) -> None:
    place = KINDS[kind].closed
    assert place is not None
    outcome = check(kind, place, 20)
    assert (outcome.result, outcome.reason) == (Result.DOWN, "refused")


@kinds_with("hostile")
def test_no_target_makes_it_raise_or_miss_its_deadline(kind: str) -> None:
    for name, outcome in check_all(kind, 0.4).items():
        assert outcome.reason != "internal", name
        assert len(outcome.phases) in (0, len(PHASES)), name
        assert len(outcome.excerpt) <= EXCERPT, name
        assert outcome == Outcome.from_json(json.loads(json.dumps(outcome.to_json()))), name


@kinds_with("up")
def test_an_address_that_becomes_private_is_unknown_not_down(kind: str) -> None:
    async def observe() -> Outcome:
        place = KINDS[kind].up
        assert place is not None
        async with place() as settings:
            config = PROBES[kind].parse(settings, LOOPBACK)
            return await PROBES[kind].run(config, 20, NOTHING)

    outcome = asyncio.run(observe())
    assert (outcome.result, outcome.reason) == (Result.UNKNOWN, "forbidden")


# Secrets


def holds_no_secret(text: str) -> bool:
    return not any(form in text for secret in (SECRET, TOKEN) for form in forms_of(secret))


@kinds_with("secrets")
def test_no_secret_is_in_the_repr_of_anything(kind: str) -> None:
    for secrets in KINDS[kind].secrets:
        halves = split(PROBES[kind], KINDS[kind].valid | secrets)
        config = PROBES[kind].parse(halves.whole, NOTHING)
        kept = Settings.kept(halves.config, halves.secret_text)
        assert kept == halves
        assert set(halves.secrets) == set(secrets) & secret_fields(kind)
        item = Item(1, kind, halves.config, 20, secrets=halves.secrets)
        for said in (config, halves, kept, item):
            assert holds_no_secret(repr(said))
            assert holds_no_secret(str(said))


@kinds_with("secrets")
def test_a_refusal_holds_no_secret(kind: str) -> None:
    for secrets in KINDS[kind].secrets:
        for field in PROBES[kind].fields:
            with pytest.raises(ConfigError) as refusal:
                PROBES[kind].parse(KINDS[kind].valid | secrets | {field.name: "\0"}, NOTHING)
            assert holds_no_secret(repr(refusal.value))


@kinds_with("secrets")
def test_no_target_gets_a_secret_into_an_outcome_or_a_log(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for secrets in KINDS[kind].secrets:
            for name, outcome in check_all(kind, 0.4, **secrets).items():
                told = [outcome.excerpt, *outcome.facts.values(), json.dumps(outcome.to_json())]
                assert all(map(holds_no_secret, told)), name
    assert holds_no_secret(caplog.text)


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


class Finds(Broken):
    """A kind that finds what it is given."""

    async def look(self, config: Any, deadline: float, allow: Allow) -> Finding:
        assert isinstance(config, Finding)
        return config


ANY_TEXT = st.text(st.characters())


@given(
    st.builds(
        Finding,
        st.none() | st.sampled_from(Reason),
        st.none() | st.integers(100, 999),
        st.booleans(),
        st.just(()) | st.tuples(*[st.floats(0, 1e6)] * len(PHASES)),
        st.dictionaries(st.from_regex("[a-z_]{1,40}", fullmatch=True), ANY_TEXT, max_size=8),
        ANY_TEXT | st.just("x\0\ud800" * 10_000),
    ),
    st.lists(ANY_TEXT, max_size=2),
)
def test_whatever_a_kind_finds_reaches_the_core_as_it_is(finding: Finding, secrets: list[str]) -> None:
    outcome = asyncio.run(Finds().run(finding, 1, NOTHING, secrets))  # type: ignore[arg-type]
    assert outcome == Outcome.from_json(json.loads(json.dumps(outcome.to_json())))
    assert (outcome.result is Result.UP) == (finding.reason is None)
    outcome.excerpt.encode()


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
