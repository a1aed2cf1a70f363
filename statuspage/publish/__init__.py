"""The target kinds."""

from typing import Any

TARGETS: dict[str, Any] = {}
