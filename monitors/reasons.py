"""Why something outbound failed: one stable code and one sentence for each.

Codes are stored and compared; sentences are message ids that whoever shows them translates.
Neither ever holds a part of an address, a header or an answer, so neither can leak a secret.
"""

from enum import StrEnum


def N_(message: str) -> str:
    """Mark a message id for extraction (Babel's own keyword); it is translated where it is shown."""
    return message


class Reason(StrEnum):
    """The stable code of a failure."""

    # Refused before anything is sent.
    LENGTH = "length"
    CHARACTERS = "characters"
    SCHEME = "scheme"
    USERINFO = "userinfo"
    HOST = "host"
    PORT = "port"
    FORBIDDEN = "forbidden"
    # What the target did, or did not do.
    TIMEOUT = "timeout"
    NAME_UNKNOWN = "name_unknown"
    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    RESET = "reset"
    TLS = "tls"
    TLS_EXPIRED = "tls_expired"
    TLS_NAME = "tls_name"
    TLS_UNTRUSTED = "tls_untrusted"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    STATUS = "status"
    REDIRECT = "redirect"
    TEXT_MISSING = "text_missing"
    TEXT_PRESENT = "text_present"
    JSON_INVALID = "json_invalid"
    JSON_VALUE = "json_value"
    SLOW = "slow"
    UNEXPECTED = "unexpected"
    TLS_ENDS = "tls_ends"
    DNS_SERVFAIL = "dns_servfail"
    DNS_REFUSED = "dns_refused"
    DNS_NO_RECORD = "dns_no_record"
    DNS_OTHER = "dns_other"
    JOB_NEVER = "job_never"
    JOB_LATE = "job_late"
    JOB_LONG = "job_long"
    JOB_FAILED = "job_failed"
    JOB_CODE = "job_code"
    UPSTREAM_DEGRADED = "upstream_degraded"
    UPSTREAM_PARTIAL = "upstream_partial"
    UPSTREAM_MAJOR = "upstream_major"
    UPSTREAM_MAINTENANCE = "upstream_maintenance"
    # What says nothing of the target.
    PING_FORBIDDEN = "ping_forbidden"
    JOB_AWAITED = "job_awaited"
    UPSTREAM_SILENT = "upstream_silent"
    UPSTREAM_COMPONENT = "upstream_component"
    # What the checker itself could not do.
    LOCAL = "local"
    OFFLINE = "offline"
    UNWITNESSED = "unwitnessed"
    REQUEST = "request"
    CONFIG = "config"
    SEALED = "sealed"
    OVERLOADED = "overloaded"
    INTERNAL = "internal"


SENTENCES = {
    Reason.LENGTH: N_("The address is longer than 2,000 characters."),
    Reason.CHARACTERS: N_("The address has spaces, control characters or backslashes in it."),
    Reason.SCHEME: N_("The address must begin with http:// or https://."),
    Reason.USERINFO: N_("The address must not have a user name or password in it."),
    Reason.HOST: N_("The address has no valid host name."),
    Reason.PORT: N_("The port must be a number from 1 to 65535."),
    Reason.FORBIDDEN: N_("The address belongs to a private or reserved network."),
    Reason.TIMEOUT: N_("No complete answer in time."),
    Reason.NAME_UNKNOWN: N_("The host name does not exist."),
    Reason.DNS: N_("The host name could not be resolved."),
    Reason.REFUSED: N_("The connection was refused."),
    Reason.UNREACHABLE: N_("The host could not be reached."),
    Reason.RESET: N_("The connection was closed before the answer was complete."),
    Reason.TLS: N_("No secure connection (TLS) could be made."),
    Reason.TLS_EXPIRED: N_("The certificate has expired or is not valid yet."),
    Reason.TLS_NAME: N_("The certificate is for another host name."),
    Reason.TLS_UNTRUSTED: N_("The certificate is not from a trusted authority."),
    Reason.PROTOCOL: N_("The answer is not valid HTTP."),
    Reason.TOO_LARGE: N_("The answer is too large before its content."),
    Reason.TOO_MANY_REDIRECTS: N_("There are too many redirects."),
    Reason.STATUS: N_("The status of the answer is not an expected one."),
    Reason.REDIRECT: N_("The answer leads to another site, where it is not followed."),
    Reason.TEXT_MISSING: N_("A text that must be in the answer is missing."),
    Reason.TEXT_PRESENT: N_("A text that must not be in the answer is there."),
    Reason.JSON_INVALID: N_("The answer is not JSON that can be read."),
    Reason.JSON_VALUE: N_("A condition on the JSON of the answer does not hold."),
    Reason.SLOW: N_("The answer came too slowly."),
    Reason.UNEXPECTED: N_("The answer does not hold the expected text."),
    Reason.TLS_ENDS: N_("Days until the certificate expires: %(days)s."),
    Reason.DNS_SERVFAIL: N_("The DNS server could not find an answer (SERVFAIL)."),
    Reason.DNS_REFUSED: N_("The DNS server refuses to answer (REFUSED)."),
    Reason.DNS_NO_RECORD: N_("The name has no records of this type."),
    Reason.DNS_OTHER: N_("The records are not the expected ones."),
    Reason.JOB_NEVER: N_("The job never called."),
    Reason.JOB_LATE: N_("The job is late."),
    Reason.JOB_LONG: N_("The job is running for too long."),
    Reason.JOB_FAILED: N_("The job says that it failed."),
    Reason.JOB_CODE: N_("The job ended with exit code %(code)s."),
    Reason.UPSTREAM_DEGRADED: N_("The status page that is followed reports degraded performance."),
    Reason.UPSTREAM_PARTIAL: N_("The status page that is followed reports a partial outage."),
    Reason.UPSTREAM_MAJOR: N_("The status page that is followed reports a major outage."),
    Reason.UPSTREAM_MAINTENANCE: N_("The status page that is followed reports a maintenance."),
    Reason.PING_FORBIDDEN: N_("The kernel lets this worker send no pings: see net.ipv4.ping_group_range."),
    Reason.JOB_AWAITED: N_("The job has not called yet."),
    Reason.UPSTREAM_SILENT: N_("The status page that is followed could not be read."),
    Reason.UPSTREAM_COMPONENT: N_(
        "The status page that is followed has not exactly one component of this name or id."
    ),
    Reason.LOCAL: N_("The checker could not open a connection from where it runs."),
    Reason.OFFLINE: N_("The network of the checker itself did not work."),
    Reason.UNWITNESSED: N_(
        "Nothing answered the checker, and it has no witness to ask: it took that for its own network."
    ),
    Reason.REQUEST: N_("The request cannot be sent as it is configured."),
    Reason.CONFIG: N_("The settings of the monitor are not valid."),
    Reason.SEALED: N_("The worker of this region cannot open the secrets of the monitor."),
    Reason.OVERLOADED: N_("The checker was too busy to tell."),
    Reason.INTERNAL: N_("The checker failed."),
}


class OutboundError(Exception):
    """Something outbound failed, for one `reason` with one `sentence`.

    `phases` are the milliseconds that each phase took until then, in the order of `probes.base.PHASES`.
    """

    def __init__(self, reason: Reason, phases: tuple[float, ...] = ()) -> None:
        super().__init__(SENTENCES[reason])
        self.reason = reason
        self.phases = phases

    @property
    def sentence(self) -> str:
        """The reason as a sentence: a message id."""
        return SENTENCES[self.reason]


class UrlRefused(OutboundError, ValueError):
    """An address that is refused as it is written, before anything is resolved or sent."""
