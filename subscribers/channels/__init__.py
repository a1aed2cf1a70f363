"""The notification channels."""

from typing import Any

CHANNELS: dict[str, Any] = {}
