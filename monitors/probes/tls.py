"""TLS certificate: a port shows one that is trusted, for the right name, and good for days to come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

from monitors.network.guard import Allow
from monitors.network.talk import see_certificate
from monitors.probes.base import Finding, Probe
from monitors.probes.fields import ConfigError, Field
from monitors.probes.places import read_host, read_place
from monitors.reasons import N_, OutboundError, Reason

HTTPS = 443
MOST_DAYS = 3_650
VERIFY, ANY = "yes", "no"


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """Where to look, for which name, and how many days the certificate must be good for."""

    host: str
    port: int
    name: str
    degraded_days: int
    down_days: int
    verify: bool


class TlsProbe(Probe[TlsConfig]):
    """A certificate is trusted and does not end soon."""

    kind = "tls"
    label = N_("TLS certificate")
    fields = (
        Field(
            "address",
            N_("Host and port"),
            N_("Written as host:port, such as mail.example.com:993; without a port it is 443."),
        ),
        Field(
            "server_name",
            N_("Name in the certificate"),
            N_("Empty: the host itself."),
            required=False,
        ),
        Field(
            "degraded_days",
            N_("Degraded below days"),
            N_("With fewer days left than this until the certificate expires, the monitor is degraded."),
            default="21",
        ),
        Field(
            "down_days",
            N_("Down below days"),
            N_("With fewer days left than this, it is down; with 0, only once the certificate has expired."),
            default="7",
        ),
        Field(
            "verify",
            N_("Certificate"),
            N_("Valid: issued by a trusted authority, and for this name."),
            default=VERIFY,
            choices=(VERIFY, ANY),
            labels=(N_("must be valid"), N_("only its days count")),
        ),
    )

    def read(self, values: Mapping[str, str], allow: Allow) -> TlsConfig:
        """See Probe.read."""
        host, port = read_place("address", values["address"], allow, HTTPS)
        degraded, down = (_days(name, values[name]) for name in ("degraded_days", "down_days"))
        if down > degraded:
            raise ConfigError(
                "down_days", N_("This must not be more than the days below which it is degraded.")
            )
        name = values["server_name"]
        return TlsConfig(
            host,
            port,
            read_host("server_name", name, allow) if name else host,
            degraded,
            down,
            values["verify"] == VERIFY,
        )

    async def look(self, config: TlsConfig, deadline: float, allow: Allow) -> Finding:
        """See Probe.look."""
        shown = await see_certificate(config.host, config.port, config.name, deadline=deadline, allow=allow)
        try:
            certificate = x509.load_der_x509_certificate(shown.certificate)
            left, told = Left.of(certificate, datetime.now(UTC)), _told(certificate)
        except (ValueError, OverflowError, x509.InvalidVersion):
            # TLS took it for a certificate; nobody can say until when it is good.
            raise OutboundError(Reason.TLS) from None
        reason, degraded = _judge(config, left, shown.flaw)
        if reason is None:
            return Finding(phases=shown.timings.phases)
        facts = {"days": str(left.days), "ends": f"{left.ends:%Y-%m-%d %H:%M} UTC"}
        return Finding(reason, degraded=degraded, phases=shown.timings.phases, facts=facts, excerpt=told)


@dataclass(frozen=True, slots=True)
class Left:
    """How long a certificate is still good; `days` are whole ones, below 0 once it has ended."""

    days: int
    ends: datetime
    current: bool

    @classmethod
    def of(cls, certificate: x509.Certificate, now: datetime) -> "Left":
        """As of `now`."""
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return cls((ends - now).days, ends, begins <= now <= ends)


def _judge(config: TlsConfig, left: Left, flaw: Reason | None) -> tuple[Reason | None, bool]:
    """What is wrong, and whether it only degrades."""
    if not left.current:
        return Reason.TLS_EXPIRED, False
    if flaw is not None and config.verify:
        return flaw, False
    if left.days < config.degraded_days:
        return Reason.TLS_ENDS, left.days >= config.down_days
    return None, False


def _told(certificate: x509.Certificate) -> str:
    """What a person wants to know of a certificate."""
    lines = [
        f"Subject: {certificate.subject.rfc4514_string()}",
        f"Issuer: {certificate.issuer.rfc4514_string()}",
        f"Valid: {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} to "
        f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC",
        f"Names: {', '.join(_names(certificate))}",
    ]
    return "\n".join(lines)


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return []
    return [str(each.value) for each in names]


def _days(field: str, text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit() and int(text) <= MOST_DAYS):
        raise ConfigError(field, N_("Write a number of days from 0 to 3,650."))
    return int(text)
