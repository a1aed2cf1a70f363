"""HTTP: one request, judged by the answer's status, its content, and how long it took.

An address alone is enough; every further setting says what is sent, or what the answer must be.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitors.network import addresses
from monitors.network.guard import Allow
from monitors.outbound import REDIRECTS, Exchange, exchange
from monitors.probes.answers import Expected, told
from monitors.probes.base import ConfigError, Finding, Probe
from monitors.probes.conditions import BadCondition, Condition, parse_conditions
from monitors.probes.headers import basic, parse_headers, together
from monitors.probes.http_fields import FIELDS, FOLLOW, NONE, STAY, VERIFY
from monitors.probes.pace import Pace
from monitors.probes.statuses import Statuses
from monitors.reasons import N_, Reason, UrlRefused

MAX_REDIRECTS = 5
# All others are answered where they are sent.
FOLLOWED = {"GET", "HEAD"}


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """What to send where, and what the answer must be."""

    url: str
    method: str
    body: bytes
    expected: Expected
    redirects: str
    verify: bool
    headers: Mapping[str, str] = field(repr=False)

    @property
    def hops(self) -> int:
        """How many redirects to follow: none where a redirect is itself all that is expected."""
        if self.redirects == NONE or self.method not in FOLLOWED or self.expected.statuses.only_redirects:
            return 0
        return MAX_REDIRECTS

    def leads_away(self, answer: Exchange) -> bool:
        """Whether the answer is a redirect that was not followed because it leaves the site."""
        stopped = self.hops > 0 and self.redirects == STAY
        return stopped and answer.status in REDIRECTS and "location" in answer.headers


class HttpProbe(Probe[HttpConfig]):
    """A web address answers as expected."""

    kind = "http"
    label = N_("HTTP(S)")
    fields = FIELDS

    def audience(self, values: Mapping[str, str]) -> str:
        """The origin (RFC 6454): another path of a site is the same site."""
        try:
            return repr(addresses.place(values.get("url", "").strip()).origin)
        except UrlRefused:
            return super().audience(values)

    def read(self, values: Mapping[str, str], allow: Allow) -> HttpConfig:
        """See Probe.read."""
        _check_method(values)
        body = values["body"].replace("\r\n", "\n").encode()
        return HttpConfig(
            url=_url(values["url"], allow),
            method=values["method"],
            body=body,
            expected=_expected(values),
            redirects=values["redirects"],
            verify=values["verify"] == VERIFY,
            headers=_headers(values, body),
        )

    async def look(self, config: HttpConfig, deadline: float, allow: Allow) -> Finding:
        """See Probe.look."""
        answer = await exchange(
            config.method,
            config.url,
            deadline=deadline,
            headers=config.headers,
            content=config.body,
            allow=allow,
            redirects=config.hops,
            leave=config.redirects == FOLLOW,
            verify=config.verify,
        )
        if config.leads_away(answer):
            return told(Finding(Reason.REDIRECT), answer)
        return config.expected.judge(answer)


def _url(text: str, allow: Allow) -> str:
    try:
        return addresses.check_url(text.strip(), allow)
    except UrlRefused as error:
        raise ConfigError("url", error.sentence) from None


def _expected(values: Mapping[str, str]) -> Expected:
    return Expected(
        statuses=Statuses.parse(values["expected_statuses"], "expected_statuses"),
        present=values["text_present"].strip(),
        absent=values["text_absent"].strip(),
        conditions=_conditions(values["json"]),
        pace=Pace.parse(values["degraded_ms"], values["down_ms"], ("degraded_ms", "down_ms")),
    )


def _conditions(text: str) -> tuple[Condition, ...]:
    try:
        return parse_conditions(text)
    except BadCondition:
        raise ConfigError(
            "json", N_('Write on each line a path, a comparison and a value, such as status == "ok".')
        ) from None


def _check_method(values: Mapping[str, str]) -> None:
    if values["method"] != "HEAD":
        return
    for name in ("text_present", "text_absent", "json"):
        if values[name].strip():
            raise ConfigError(name, N_("HEAD brings no content to look at."))
    if values["body"]:
        raise ConfigError("body", N_("HEAD sends no content."))


def _headers(values: Mapping[str, str], body: bytes) -> dict[str, str]:
    headers = parse_headers(values["headers"], "headers")
    secret = parse_headers(values["secret_headers"], "secret_headers", secret=True)
    headers = together(headers, secret, "secret_headers")
    signed_in, name = _authorization(values["username"], values["password"], values["token"].strip())
    if signed_in:
        headers = together(headers, {"Authorization": signed_in}, name)
    if body and "content-type" not in map(str.lower, headers):
        headers["Content-Type"] = _type_of(body)
    return headers


def _authorization(username: str, password: str, token: str) -> tuple[str, str]:
    """The value of Authorization, empty for none, and the field that it comes from."""
    if ":" in username:
        raise ConfigError("username", N_("A user name has no colon in it."))
    if password and not username:
        raise ConfigError("username", N_("A password needs a user name."))
    if token and username:
        raise ConfigError("token", N_("Write either a user name or a token."))
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ConfigError("token", N_("A token has no spaces and no letters with accents."))
    if username:
        return basic(username, password), "username"
    return (f"Bearer {token}" if token else ""), "token"


def _type_of(body: bytes) -> str:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return "text/plain; charset=utf-8"
    return "application/json"
