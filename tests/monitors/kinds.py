"""What the conformance test must know of each kind of probe. A new kind is one line in KINDS."""

import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from tests.monitors.targets import HOSTILE, Talk, Target, answering, response, serving, silence

Settings = dict[str, str]
# Something that runs while it is entered, and the settings that watch it.
Place = Callable[[], AbstractAsyncContextManager[Settings]]
# What no outcome, log, page or export may hold, in no form. Its characters change in URLs, JSON and HTML.
SECRET = "s3cr&t/ \"pass+wörd'<canary>"
TOKEN = "tok3n-canary/+~=="


@dataclass(frozen=True, slots=True)
class Kind:
    """`valid` watches something public; each field is in `wrong` (texts that it refuses), takes `free`
    text, or has choices.

    `private` is a field with something that is plainly private; `up` is healthy, nobody listens at `closed`,
    and `hostile` does what it can. `secrets` are settings to add to those, with SECRET or TOKEN in them: each
    secret field stands in one of them.
    """

    valid: Settings
    wrong: Mapping[str, tuple[str, ...]]
    free: frozenset[str] = frozenset()
    private: tuple[str, str] | None = None
    up: Place | None = None
    closed: Place | None = None
    hostile: Mapping[str, Place] = field(default_factory=dict)
    secrets: tuple[Settings, ...] = ()


def over_tcp(talk: Talk, watch: Callable[[Target], Settings]) -> Place:
    """A server on loopback that talks to each connection."""

    @asynccontextmanager
    async def place() -> AsyncIterator[Settings]:
        async with serving(talk) as target:
            yield watch(target)

    return place


def all_hostile(watch: Callable[[Target], Settings]) -> dict[str, Place]:
    """Every hostile server of `targets`, for kinds that speak over TCP."""
    return {name: over_tcp(talk, watch) for name, talk in HOSTILE.items()}


def nobody(watch: Callable[[Target], Settings]) -> Place:
    """A port at which nobody listens any more."""

    @asynccontextmanager
    async def place() -> AsyncIterator[Settings]:
        async with serving(silence) as target:
            pass
        yield watch(target)

    return place


def forms_of(secret: str) -> list[str]:
    """How others write a secret: nothing of it may stand anywhere."""
    raw = secret.encode()
    return [
        secret,
        quote(secret, safe=""),
        quote(secret),
        base64.b64encode(raw).decode().rstrip("="),
        # In the middle of something longer, such as user:password.
        base64.b64encode(b"ada:" + raw).decode()[6:-4],
        raw.hex(),
    ]


def _web(target: Target) -> Settings:
    return {"url": target.url()}


def _demanding(target: Target) -> Settings:
    """Everything that makes the checker work on an answer, with secrets to repeat."""
    return {
        "url": target.url(),
        "method": "POST",
        "body": '{"deep": [1, 2]}',
        "text_present": "welcome",
        "text_absent": "error",
        "json": "length(items[?size > `3`].name) >= 1\ndeep.er[0] contains x\nmax(@.*) < 5",
        "degraded_ms": "1",
        "down_ms": "50000",
        "expected_statuses": "100-599",
        "verify": "no",
    }


_NOT_STATUSES = ("ok", ",", "200-", "-200", "399-200", "99", "600", "1000", "2xx", "200;300", "٢٠٠")
_NOT_HEADERS = (
    *("no colon", ": no name", "Bad Name: x", "Näme: x", "X-A: 1\nX-B", "X-A: 1\nx-a: 2", "X" * 101 + ": 1"),
    *("Host: evil", "Content-Length: 1", "transfer-encoding: chunked", "Connection: keep-alive", "TE: gzip"),
    *("Upgrade: h2c", "Accept-Encoding: gzip", "X-A: \u2028", "\n".join(f"X-{n}: 1" for n in range(51))),
)
_NOT_CONDITIONS = (
    *("status", "status ==", "== 1", "a = 1", "a == b c", "a =~ b", "a[ == 1", "a == [1", "| == 1"),
    *("[a, b] == 1", "{a: b} == 1", "[@,@][] | [@,@][] == 1", "join(a, b) == 1", "map(&a, b) == 1"),
    *("to_string(@) == x", "unknown(a) == 1", "a" * 500 + " == 1", "(" * 200 + "a" + ")" * 200 + " == 1"),
    *("a == 1\n" * 11, "|".join("a" * 60) + " == 1", "'a == 1"),
)
_NOT_LIMITS = ("0", "-1", "1.5", "60001", "1e3", "fast", "9" * 400, "٥", "½")

KINDS: dict[str, Kind] = {
    "http": Kind(
        valid={"url": "https://example.com/"},
        wrong={
            "url": ("javascript:alert(1)", "file:///etc/passwd", "https://u:p@example.com/", "https://a b/"),
            "headers": (*_NOT_HEADERS, "Authorization: Bearer x", "Cookie: a=b"),
            "secret_headers": _NOT_HEADERS,
            "username": ("a:b",),
            "token": ("two words", "naïve"),
            "expected_statuses": _NOT_STATUSES,
            "json": _NOT_CONDITIONS,
            "degraded_ms": _NOT_LIMITS,
            "down_ms": _NOT_LIMITS,
        },
        free=frozenset({"body", "password", "text_present", "text_absent"}),
        private=("url", "http://169.254.169.254/latest/meta-data/"),
        up=over_tcp(answering(response()), _web),
        closed=nobody(_web),
        hostile=all_hostile(_web)
        | {f"{name}, looked into": over_tcp(talk, _demanding) for name, talk in HOSTILE.items()},
        secrets=(
            {"username": "ada", "password": SECRET, "secret_headers": f"X-Key: {TOKEN}\nCookie: s={SECRET}"},
            {"token": TOKEN, "method": "POST", "body": "{}"},
        ),
    ),
}
