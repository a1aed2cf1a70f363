"""TCP: a port accepts a connection and, where that is asked, answers what is sent with what is expected."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from monitors.network.guard import Allow
from monitors.network.talk import talk
from monitors.probes.base import Finding, Probe
from monitors.probes.fields import ConfigError, Field
from monitors.probes.places import read_place
from monitors.reasons import N_, Reason

ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.)|$)", re.DOTALL)
ESCAPED = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


@dataclass(frozen=True, slots=True)
class TcpConfig:
    """Where to connect, what to say, and what must be in the answer (nothing: there is none)."""

    host: str
    port: int
    send: bytes = b""
    expect: bytes = b""


class TcpProbe(Probe[TcpConfig]):
    """A port accepts connections, and perhaps answers."""

    kind = "tcp"
    label = N_("TCP port")
    fields = (
        Field(
            "address",
            N_("Host and port"),
            N_("Written as host:port, such as db.example.com:5432 or [2001:db8::1]:443."),
        ),
        Field(
            "send",
            N_("Text to send"),
            N_(r"Sent once connected; \r, \n, \t, \0, \\ and \x00 to \xff are escapes. Such as PING\r\n."),
            required=False,
        ),
        Field(
            "expect",
            N_("Expected answer"),
            N_("A text that must be in the first 4 KiB of what comes, with the same escapes. Such as +PONG."),
            required=False,
        ),
    )

    def read(self, values: Mapping[str, str], allow: Allow) -> TcpConfig:
        """See Probe.read."""
        host, port = read_place("address", values["address"], allow)
        return TcpConfig(host, port, _bytes("send", values["send"]), _bytes("expect", values["expect"]))

    async def look(self, config: TcpConfig, deadline: float, allow: Allow) -> Finding:
        """See Probe.look."""
        said = await talk(
            config.host, config.port, send=config.send, expect=config.expect, deadline=deadline, allow=allow
        )
        phases = said.timings.phases
        if config.expect in said.data:
            return Finding(phases=phases)
        return Finding(Reason.UNEXPECTED, phases=phases, excerpt=said.data.decode(errors="replace"))


def _bytes(field: str, text: str) -> bytes:
    """What a text with escapes stands for. Raises ConfigError."""
    said = bytearray()
    end = 0
    for match in ESCAPE.finditer(text):
        hexadecimal, letter = match.groups()
        if hexadecimal is None and letter not in ESCAPED:
            raise ConfigError(field, N_(r"There is no such escape: write \\ for a backslash."))
        said += text[end : match.start()].encode()
        said += bytes.fromhex(hexadecimal) if hexadecimal else ESCAPED[letter]
        end = match.end()
    return bytes(said + text[end:].encode())
