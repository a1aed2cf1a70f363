"""Ping: a host answers an ICMP echo."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitors.network.echo import ping
from monitors.network.guard import Allow
from monitors.probes.base import Finding, Probe
from monitors.probes.fields import Field
from monitors.probes.places import read_host
from monitors.reasons import N_


@dataclass(frozen=True, slots=True)
class IcmpConfig:
    """Whom to ping."""

    host: str


class IcmpProbe(Probe[IcmpConfig]):
    """A host answers pings."""

    kind = "icmp"
    label = N_("Ping (ICMP)")
    fields = (
        Field(
            "host",
            N_("Host"),
            N_("A name or an address. The worker needs a kernel that lets it: net.ipv4.ping_group_range."),
        ),
    )

    def read(self, values: Mapping[str, str], allow: Allow) -> IcmpConfig:
        """See Probe.read."""
        return IcmpConfig(read_host("host", values["host"], allow))

    async def look(self, config: IcmpConfig, deadline: float, allow: Allow) -> Finding:
        """See Probe.look."""
        return Finding(phases=(await ping(config.host, deadline=deadline, allow=allow)).phases)
