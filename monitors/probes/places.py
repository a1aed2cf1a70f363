"""Hosts and ports as people write them in settings: judged as written, refused by the name of the field."""

from ipaddress import ip_address

from monitors.network.addresses import check_host_port
from monitors.network.guard import Allow
from monitors.probes.fields import ConfigError
from monitors.reasons import N_, Reason, UrlRefused

WRITTEN_WRONG = {Reason.HOST, Reason.PORT, Reason.SCHEME}
# Stands for the port where there is none.
ANY_PORT = 1


def read_place(field: str, text: str, allow: Allow, port: int | None = None) -> tuple[str, int]:
    """The host and the port of host:port, or of a host alone where a `port` is usual. Raises ConfigError."""
    try:
        return check_host_port(_with_port(text.strip(), port), allow)
    except UrlRefused as error:
        wrong = error.reason in WRITTEN_WRONG
        sentence = N_("Write host:port, such as db.example.com:5432.") if wrong else error.sentence
        raise ConfigError(field, sentence) from None


def read_host(field: str, text: str, allow: Allow) -> str:
    """The name or address of a host, without a port. Raises ConfigError."""
    written = _with_port(text.strip(), ANY_PORT)
    try:
        if written == text.strip():
            raise UrlRefused(Reason.PORT)
        return check_host_port(written, allow)[0]
    except UrlRefused as error:
        wrong = error.reason in WRITTEN_WRONG
        sentence = N_("Write a host alone, such as db.example.com.") if wrong else error.sentence
        raise ConfigError(field, sentence) from None


def _with_port(text: str, port: int | None) -> str:
    if port is None:
        return text
    try:
        address = ip_address(text)
    except ValueError:
        return text if ":" in text.rpartition("]")[2] else f"{text}:{port}"
    return f"[{text}]:{port}" if address.version == 6 else f"{text}:{port}"
