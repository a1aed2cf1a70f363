"""Results on their way from a worker to the core."""

import json
from datetime import UTC, datetime

import pytest

from monitors.probes import Outcome, Result
from monitors.seen import Seen

SLOT = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
GOOD = Seen(
    17, SLOT, Outcome(Result.DOWN, 12.5, "status", 503, (0.5, 1.0, 0.0, 10.0, 1.0), {"days": "3"}, "sorry")
)


def test_a_result_survives_the_journey() -> None:
    assert Seen.from_json(json.loads(json.dumps(GOOD.to_json()))) == GOOD


@pytest.mark.parametrize(
    "change",
    [
        {"monitor": "17"},
        {"monitor": None},
        {"slot": 1},
        {"slot": "yesterday"},
        {"outcome": []},
        {"outcome": {}},
        {"outcome": {**GOOD.outcome.to_json(), "result": "sideways"}},
        {"outcome": {**GOOD.outcome.to_json(), "duration_ms": -1}},
        {"outcome": {**GOOD.outcome.to_json(), "duration_ms": float("nan")}},
    ],
)
def test_rubbish_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Seen.from_json({**GOOD.to_json(), **change})


@pytest.mark.parametrize("data", [None, [], "result", 17, {}])
def test_what_is_no_result_at_all_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="not a result"):
        Seen.from_json(data)
