"""The probe kinds."""

from typing import Any

PROBES: dict[str, Any] = {}
