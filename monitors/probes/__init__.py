"""The kinds of probe. A new kind is one file here and one line in PROBES."""

from typing import Any

from monitors.probes.base import ConfigError, Field, Outcome, Probe, Result
from monitors.probes.dns import DnsProbe
from monitors.probes.heartbeat import HeartbeatProbe
from monitors.probes.http import HttpProbe
from monitors.probes.icmp import IcmpProbe
from monitors.probes.tcp import TcpProbe
from monitors.probes.tls import TlsProbe
from monitors.probes.upstream import UpstreamProbe

PROBES: dict[str, Probe[Any]] = {
    "http": HttpProbe(),
    "tcp": TcpProbe(),
    "tls": TlsProbe(),
    "dns": DnsProbe(),
    "icmp": IcmpProbe(),
    "heartbeat": HeartbeatProbe(),
    "upstream": UpstreamProbe(),
}

__all__ = ["PROBES", "ConfigError", "Field", "Outcome", "Probe", "Result"]
