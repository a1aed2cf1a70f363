"""F10: names that do not exist, do not answer, lead astray or to hundreds of addresses.

The C library asks a DNS server of ours in a network of its own: what is told is right, and told in time.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.faults.names import DEADLINE

pytestmark = pytest.mark.slow

APART = ("unshare", "--map-root-user", "--net", "--mount")
Told = dict[str, Any]


@pytest.fixture(scope="module")
def told() -> Told:
    """What became of every check: all of them in one go, in one network."""
    if subprocess.run([*APART, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine gives nobody a network of their own (unshare)")
    command = [*APART, sys.executable, "-m", "tests.faults.names"]
    run = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(run.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("scene", "result", "reason"),
    [
        ("http good", "up", None),
        ("http nxdomain", "down", "name_unknown"),
        ("http empty", "down", "name_unknown"),
        ("http servfail", "down", "dns"),
        ("http refused", "down", "dns"),
        ("http hang", "down", "timeout"),
        ("tcp hang", "down", "timeout"),
        ("http many", "up", None),
        ("http many-one-private", "unknown", "forbidden"),
        ("http six", "up", None),
        # The address of one family says nothing, or nobody says whether there is one.
        ("http hole", "up", None),
        ("http aaaa-servfail", "up", None),
        ("http aaaa-refused", "up", None),
        ("http aaaa-nxdomain", "up", None),
        ("http aaaa-silent", "up", None),
        # Asked by ourselves, of the system's own server.
        ("dns good", "up", None),
        ("dns servfail", "down", "dns_servfail"),
        ("dns hang", "down", "timeout"),
    ],
)
def test_a_name_gets_its_verdict_and_its_reason(
    told: Told, scene: str, result: str, reason: str | None
) -> None:
    seen = told[scene]
    assert (seen["result"], seen.get("reason")) == (result, reason), seen


def test_every_deadline_is_held(told: Told) -> None:
    late = {
        scene: outcome["took"]
        for scene, outcome in told.items()
        # Of a busy machine, half a second.
        if isinstance(outcome, dict) and outcome["took"] > DEADLINE + 0.5
    }
    assert late == {}


def test_a_name_that_changes_its_mind_is_judged_by_the_one_answer_that_is_used(told: Told) -> None:
    assert [(each["result"], each.get("reason")) for each in told["rebind"]] == [
        ("up", None),
        ("unknown", "forbidden"),
    ]
    assert told["questions"] == 2
