"""Observations packed into two integers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.narrow import LONGEST_MS, NUMBERS, Narrow, pack, pack_phases, unpack, unpack_phases
from monitors.probes import Result
from monitors.reasons import Reason


@given(
    st.builds(
        Narrow,
        st.sampled_from(Result),
        st.sampled_from(sorted(NUMBERS)),
        st.integers(0, 999),
        st.integers(0, 4095),
    )
)
def test_what_was_seen_comes_back(seen: Narrow) -> None:
    number = pack(seen)
    assert 0 <= number < 2**31
    assert unpack(number) == seen


def test_every_reason_has_a_number_of_its_own() -> None:
    assert {*NUMBERS} == {"", *Reason}
    assert len({*NUMBERS.values()}) == len(NUMBERS)
    assert max(NUMBERS.values()) < 2**7


@given(st.lists(st.floats(0, LONGEST_MS), min_size=5, max_size=5))
def test_phases_come_back_to_a_fifth_of_a_percent(phases: list[float]) -> None:
    number = pack_phases(phases)
    assert 0 <= number < 2**63
    for before, after in zip(phases, unpack_phases(number), strict=True):
        assert after == pytest.approx(before, rel=0.002, abs=0.01)


@pytest.mark.parametrize("bad", [Narrow(Result.UP, "", 1024, 1), Narrow(Result.UP, "", 200, 4096)])
def test_what_has_no_room_is_refused(bad: Narrow) -> None:
    with pytest.raises(ValueError, match="room"):
        pack(bad)
