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
    # What the checker itself could not do.
    LOCAL = "local"
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
    Reason.LOCAL: N_("The checker could not open a connection from where it runs."),
    Reason.REQUEST: N_("The request cannot be sent as it is configured."),
    Reason.CONFIG: N_("The settings of the monitor are not valid."),
    Reason.SEALED: N_("The worker of this region cannot open the secrets of the monitor."),
    Reason.OVERLOADED: N_("The checker was too busy to tell."),
    Reason.INTERNAL: N_("The checker failed."),
}


class OutboundError(Exception):
    """Something outbound failed, for one `reason` with one `sentence`."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(SENTENCES[reason])
        self.reason = reason

    @property
    def sentence(self) -> str:
        """The reason as a sentence: a message id."""
        return SENTENCES[self.reason]


class UrlRefused(OutboundError, ValueError):
    """An address that is refused as it is written, before anything is resolved or sent."""
