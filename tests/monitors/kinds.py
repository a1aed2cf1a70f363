"""What the conformance test must know of each kind of probe. A new kind is one line in KINDS."""

import base64
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

import trustme

from tests.monitors.dns_server import Answer, naming, zone
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


def _port(target: Target) -> Settings:
    return {"address": f"127.0.0.1:{target.port}"}


def _spoken(target: Target) -> Settings:
    return _port(target) | {"send": r"hello\r\n\r\n", "expect": "never said"}


def _page(target: Target) -> Settings:
    return {"page": target.url()}


@asynccontextmanager
async def _shown_certificate() -> AsyncIterator[Settings]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with serving(silence, tls=context) as target:
        yield _port(target) | {"verify": "no"}


def _named(answer: Answer) -> Place:
    @asynccontextmanager
    async def place() -> AsyncIterator[Settings]:
        async with naming(answer) as port:
            yield {"name": "up.example", "server": f"127.0.0.1:{port}"}

    return place


def _truncated(question: bytes, tcp: bool) -> list[bytes]:
    """Always more than fits."""
    return [question[:2] + b"\x87\x80" + question[4:]]


# What a DNS server may answer a question with.
ODD_ANSWERS: dict[str, Answer] = {
    "silence": lambda question, tcp: [],
    "nothing": lambda question, tcp: [b""],
    "the question": lambda question, tcp: [question],
    "garbage": lambda question, tcp: [b"\xff" * 500],
    "garbage that answers": lambda question, tcp: [question[:2] + b"\x81\x80" + b"\xff" * 500],
    "half an answer": lambda question, tcp: [question[:2] + b"\x81\x80\0\1\0\1" + question[8:20]],
    "a loop of pointers": lambda question, tcp: [question[:2] + b"\x81\x80\0\1" + bytes(6) + b"\xc0\x0c"],
    "another question's": lambda question, tcp: [b"\0\0" + question[2:]] * 100,
    "a flood": lambda question, tcp: [b"x" * 60_000] * 50,
    "cut short for ever": _truncated,
    "a code that is none": lambda question, tcp: [question[:3] + b"\x8f" + question[4:]],
}
_SUMMARY = b'{"page": {"name": "X"}, "components": [], "status": {"indicator": "none"}}'

_NOT_PLACES = (
    "db.example.com",
    "db.example.com:0",
    "http://x:1",
    "a@b:1",
    "x y:1",
    "x:99999",
    "javascript:x",
)
_NOT_ESCAPES = ("\\q", "\\x1", "ends in a \\")
_NOT_DAYS = ("-1", "3651", "soon", "1.5", "٥", "9" * 400)
_NOT_PERIODS = ("soon", "0", "-1d", "32d", "1x", "1d 1", "٥d", "9" * 400 + "d", "1d" + " " * 1_900 + "x")
_NOT_STATUSES = ("ok", ",", "200-", "-200", "399-200", "99", "600", "1000", "2xx", "200;300", "٢٠٠")
_NOT_HEADERS = (
    *("no colon", ": no name", "Bad Name: x", "Näme: x", "X-A: 1\nX-B", "X-A: 1\nx-a: 2", "X" * 101 + ": 1"),
    *("Host: evil", "Content-Length: 1", "transfer-encoding: chunked", "Connection: keep-alive", "TE: gzip"),
    *("Upgrade: h2c", "Accept-Encoding: gzip", "X-A: \u2028", "\n".join(f"X-{n}: 1" for n in range(51))),
)
_NOT_CONDITIONS = (
    *("status", "status ==", "== 1", "a = 1", "a == b c", "a =~ b", "a[ == 1", "a == [1", "| == 1"),
    *("[a, b] == 1", "{a: b} == 1", "[@,@][] | [@,@][] == 1", "join(a, b) == 1", "map(&a, b) == 1"),
    *("to_string(@) == x", "reverse(a) == x", "unknown(a) == 1", "a" * 500 + " == 1"),
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
    "tcp": Kind(
        valid={"address": "example.com:443"},
        wrong={"address": _NOT_PLACES, "send": _NOT_ESCAPES, "expect": _NOT_ESCAPES},
        private=("address", "169.254.169.254:80"),
        up=over_tcp(answering(response()), _port),
        closed=nobody(_port),
        hostile=all_hostile(_port)
        | {f"{name}, talked to": over_tcp(talk, _spoken) for name, talk in HOSTILE.items()},
    ),
    "tls": Kind(
        valid={"address": "example.com"},
        wrong={
            "address": _NOT_PLACES[1:],
            "server_name": ("a b", "x:1", "http://x/", "169.254.169.254"),
            "degraded_days": _NOT_DAYS,
            "down_days": (*_NOT_DAYS, "22"),
        },
        private=("address", "169.254.169.254"),
        up=_shown_certificate,
        closed=nobody(_port),
        hostile=all_hostile(_port),
    ),
    "dns": Kind(
        valid={"name": "example.com"},
        wrong={
            "name": ("a b", "-", "a..b", "x" * 64 + ".example", "a\\.b", "http://x/"),
            "server": _NOT_PLACES[1:],
            "expected": ("not an address", "192.0.2.256", "192.0.2.1 192.0.2.2", "\u2028"),
        },
        private=("server", "169.254.169.254"),
        up=_named(zone({("up.example", "A"): ["192.0.2.1"]})),
        hostile={name: _named(answer) for name, answer in ODD_ANSWERS.items()},
    ),
    "icmp": Kind(
        valid={"host": "example.com"},
        wrong={"host": ("a b", "x:1", "http://x/", "u@x")},
        private=("host", "169.254.169.254"),
    ),
    "heartbeat": Kind(valid={}, wrong=dict.fromkeys(("period", "grace", "longest"), _NOT_PERIODS)),
    "upstream": Kind(
        valid={"page": "https://status.example.com"},
        wrong={
            "page": ("javascript:alert(1)", "file:///etc/passwd", "https://u:p@example.com/", "https://a b/"),
            "component": ("\u2028",),
        },
        private=("page", "http://169.254.169.254/"),
        up=over_tcp(answering(response(body=_SUMMARY)), _page),
        hostile=all_hostile(_page),
    ),
}
