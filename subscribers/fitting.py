"""Makes an event small enough to be sent: under 20 kB as JSON (Standard Webhooks 1.0). Pure.

Where an update is too long its texts are cut, then the list of components, and `truncated` says so.
"""

import json
from typing import Any

# Standard Webhooks 1.0, "Payload size": under 20 kB.
LIMIT = 20_000


def fitting(envelope: dict[str, Any]) -> dict[str, Any]:
    """The envelope, its `data` cut until all of it fits."""
    if len(encoded(envelope)) < LIMIT:
        return envelope
    data = envelope["data"] | {"truncated": True}
    fits = envelope
    for characters, components in ((2_000, 100), (500, 50), (100, 20), (0, 0)):
        data |= {
            "title": _cut(data["title"], 200),
            "body": _cut(data["body"], characters),
            "workaround": _cut(data.get("workaround", {}), characters),
            "components": data["components"][:components],
        }
        fits = envelope | {"data": data}
        if len(encoded(fits)) < LIMIT:
            break
    return fits


def _cut(texts: dict[str, str], characters: int) -> dict[str, str]:
    return {language: shortened(text, characters) for language, text in texts.items()}


def shortened(text: str, characters: int) -> str:
    """The beginning of a text, with a mark where more follows."""
    return text if len(text) <= characters else text[:characters] + "…"


def encoded(value: Any) -> bytes:
    """JSON without spaces, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
