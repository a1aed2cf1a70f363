"""What staff fill in to watch a web address. The address alone is required."""

from monitors.probes.base import Field
from monitors.reasons import N_

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FOLLOW, STAY, NONE = "follow", "same-origin", "none"
VERIFY, ANY = "yes", "no"

FIELDS = (
    Field("url", N_("Address"), N_("An address that begins with http:// or https://.")),
    Field("method", N_("Method"), N_("HEAD asks for no content."), default="GET", choices=METHODS),
    Field(
        "headers",
        N_("Headers"),
        N_("One on each line, such as Accept: text/html. Staff can read them."),
        required=False,
        lines=3,
        seldom=True,
    ),
    Field(
        "secret_headers",
        N_("Secret headers"),
        N_("One on each line, such as X-Api-Key: …. They are kept encrypted and not shown again."),
        required=False,
        secret=True,
        lines=3,
        seldom=True,
    ),
    Field(
        "body",
        N_("Content to send"),
        N_("Without a header Content-Type it is sent as JSON where it is JSON, else as plain text."),
        required=False,
        lines=5,
        seldom=True,
    ),
    Field("username", N_("User name"), N_("For HTTP authentication (Basic)."), required=False, seldom=True),
    Field(
        "password",
        N_("Password"),
        N_("Kept encrypted, not shown again."),
        required=False,
        secret=True,
        seldom=True,
    ),
    Field(
        "token",
        N_("Bearer token"),
        N_("Instead of a user name. Kept encrypted, not shown again."),
        required=False,
        secret=True,
        seldom=True,
    ),
    Field(
        "expected_statuses",
        N_("Expected statuses"),
        N_("Statuses that mean up, such as 200-399,401. With 301 alone, redirects are not followed."),
        default="200-399",
    ),
    Field(
        "text_present",
        N_("Text that must be there"),
        N_("In the first 64 KiB of the content, large and small letters as written."),
        required=False,
    ),
    Field(
        "text_absent",
        N_("Text that must not be there"),
        N_("In the first 64 KiB of the content, large and small letters as written."),
        required=False,
        seldom=True,
    ),
    Field(
        "json",
        N_("Conditions on JSON"),
        N_(
            "One on each line: a path (JMESPath), then ==, !=, <, <=, >, >= or contains, then a value, "
            'such as status == "ok" or length(errors) < 5. All must hold.'
        ),
        required=False,
        lines=3,
        seldom=True,
    ),
    Field(
        "degraded_ms",
        N_("Degraded above"),
        N_("Milliseconds for the whole answer. Empty: however long it takes."),
        required=False,
    ),
    Field(
        "down_ms",
        N_("Down above"),
        N_("Milliseconds for the whole answer. Empty: only when the timeout is over."),
        required=False,
    ),
    Field(
        "redirects",
        N_("Redirects"),
        N_("Of GET and HEAD. User name, token and headers never go along to another site."),
        default=FOLLOW,
        choices=(FOLLOW, STAY, NONE),
        labels=(
            N_("follow up to 5"),
            N_("follow within the same site; elsewhere means down"),
            N_("do not follow: a redirect is an answer"),
        ),
        seldom=True,
    ),
    Field(
        "verify",
        N_("Certificate"),
        N_("Checked against the authorities that the checker trusts."),
        default=VERIFY,
        choices=(VERIFY, ANY),
        labels=(N_("must be valid"), N_("is not checked")),
        seldom=True,
    ),
)
