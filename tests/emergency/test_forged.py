"""What somebody without a key leaves where the tool reads: it is said, and stops nothing."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest

from statuspage.emergency import readers
from statuspage.emergency.trouble import Trouble
from tests.emergency.kit import Kit

POST = ("post", "--title", "Everything is down", "--en", "We know.", "--component", "Cards=major")


def _forged(document: dict[str, Any], **said: Any) -> str:
    return json.dumps({**document, **said})


@pytest.mark.parametrize(
    "forge",
    [
        lambda it: _forged(it, sequence=float("inf")),
        lambda it: _forged(it, sequence="41"),
        lambda it: _forged(it, generated_at="2026-11-22T10:00:00"),
        lambda it: _forged(it, good_until="0001-01-01T00:00:00+14:00"),
        lambda it: _forged(it, page={**it["page"], "time_zone": "../../../../etc/passwd"}),
        lambda it: _forged(it, page={**it["page"], "time_zone": "No/Such"}),
        lambda it: _forged(it, page={**it["page"], "time_zone": "Europe"}),
        lambda it: _forged(it, page={**it["page"], "name": "\x1b[2J\ud800"}),
        lambda it: "[" * 200_000,
        lambda it: _forged(it, version=" " * 32_000_000),
        lambda it: _forged(it, components=[{**it["components"][0], "slug": "../../../.bashrc"}]),
        lambda it: _forged(it, components=[{**it["components"][0], "id": "../x"}]),
    ],
)
@pytest.mark.parametrize("command", [("show",), (*POST, "--yes")])
def test_what_a_stranger_left_at_one_target_stops_nothing(
    kit: Kit, forge: Callable[[dict[str, Any]], str], command: tuple[str, ...]
) -> None:
    there = kit.places["second"] / "status.json"
    there.write_text(forge(json.loads(there.read_bytes())))
    ran = kit.run(*command)
    assert ran.status == 0, ran.err
    assert "\x1b" not in ran.out


def test_what_a_person_trusts_without_a_signature_still_writes_no_file_elsewhere(
    kit: Kit, tmp_path: Path
) -> None:
    """Names in the document become paths: those of badges, calendars and pages."""
    for place in kit.places.values():
        document = json.loads((place / "status.json").read_bytes())
        document["components"][0]["slug"] = "../../../outage"
        (place / "status.json").write_text(json.dumps(document))
    (kit.path / "work" / "status.json").unlink(missing_ok=True)
    ran = kit.run("waiting-page", "--out", str(tmp_path / "a" / "b" / "c" / "d"), "--trust", "--yes")
    assert ran.status == 1
    assert "no status document that this tool can read" in ran.err
    assert list(tmp_path.rglob("*")) == []


def test_a_list_is_not_read_before_its_signature_is(kit: Kit) -> None:
    vault = kit.vault()
    packed = gzip.compress(b'{"page": "' + b"x" * 1000 + b'"}\n' + b"A" * 88)
    content = pyrage.encrypt(packed, [vault.identity.to_public()])
    with pytest.raises(Trouble, match="not signed by the application"):
        readers.opened(vault, content, "main")
