"""The kinds of probe. A new kind is one file here and one line in PROBES."""

from typing import Any

from monitors.probes.base import ConfigError, Field, Outcome, Probe, Result
from monitors.probes.http import HttpProbe
from monitors.probes.tcp import TcpProbe

PROBES: dict[str, Probe[Any]] = {
    "http": HttpProbe(),
    "tcp": TcpProbe(),
}

__all__ = ["PROBES", "ConfigError", "Field", "Outcome", "Probe", "Result"]
