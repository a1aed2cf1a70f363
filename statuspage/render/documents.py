"""The two documents for programs of our own: the heartbeat and the whole snapshot. Pure."""

import json
from typing import Any

from statuspage.document import as_json
from statuspage.snapshot import Snapshot


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """`heartbeat.json` and `status.json`."""
    whole = as_json(snapshot)
    beat = {key: whole[key] for key in ("sequence", "generated_at", "good_until")}
    return {"heartbeat.json": compact(beat), "status.json": compact(whole)}


def compact(value: Any) -> bytes:
    """JSON without spaces, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
