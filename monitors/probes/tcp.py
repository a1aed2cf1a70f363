"""TCP: a port accepts a connection, which is closed again at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitors.addresses import check_host_port
from monitors.guard import Allow
from monitors.outbound import knock
from monitors.probes.base import ConfigError, Field, Finding, Probe
from monitors.reasons import N_, Reason, UrlRefused


@dataclass(frozen=True, slots=True)
class TcpConfig:
    """Where to connect."""

    host: str
    port: int


class TcpProbe(Probe[TcpConfig]):
    """A port accepts connections."""

    kind = "tcp"
    label = N_("TCP port")
    fields = (
        Field(
            "address",
            N_("Host and port"),
            N_("Written as host:port, such as db.example.com:5432 or [2001:db8::1]:443."),
        ),
    )

    def read(self, values: Mapping[str, str], allow: Allow) -> TcpConfig:
        """See Probe.read."""
        try:
            return TcpConfig(*check_host_port(values["address"].strip(), allow))
        except UrlRefused as error:
            written = error.reason in {Reason.HOST, Reason.PORT, Reason.SCHEME}
            sentence = N_("Write host:port, such as db.example.com:5432.") if written else error.sentence
            raise ConfigError("address", sentence) from None

    async def look(self, config: TcpConfig, deadline: float, allow: Allow) -> Finding:
        """See Probe.look."""
        await knock(config.host, config.port, deadline=deadline, allow=allow)
        return Finding()
