"""Nothing of ours reaches another host but through the guard: the code is read for every other client.

Whatever opens a connection has a line here with the reason why it may. The rest asks monitors/outbound.py.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("statuspage", "monitors", "incidents", "subscribers")

# Modules that can open a connection, by the name that imports them (or what is under it).
CLIENTS = frozenset(
    {
        *("httpx", "httpcore", "requests", "urllib3", "urllib.request", "urllib.robotparser", "http.client"),
        *("aiohttp", "httplib2", "pycurl", "treq", "tornado", "twisted", "anyio", "trio", "hyper", "h2"),
        *("websocket", "websockets", "xmlrpc", "feedparser", "pip", "uv"),
        *(
            "socket",
            "_socket",
            "ftplib",
            "telnetlib",
            "nntplib",
            "poplib",
            "imaplib",
            "smtplib",
            "aiosmtplib",
        ),
        *("asyncore", "asynchat", "socketserver", "multiprocessing.connection", "logging.handlers"),
        *("boto3", "botocore", "s3transfer", "aiobotocore", "paramiko", "asyncssh", "ldap", "ldap3"),
        *("dns", "dkim", "anymail", "django.core.mail", "sentry_sdk", "authlib", "oauthlib", "allauth"),
        *("psycopg", "psycopg2", "redis", "valkey", "kombu", "amqp", "pymongo"),
        *("slack_sdk", "discord", "webbrowser"),
    }
)
# What opens a connection although its module does much else.
CALLS = frozenset(
    {
        *("asyncio.open_connection", "asyncio.open_unix_connection", "ssl.get_server_certificate"),
        *("create_connection", "create_datagram_endpoint", "create_unix_connection", "sock_connect"),
        *("sock_sendto", "urlopen", "urlretrieve", "connect_ex", "send_mail", "send_mass_mail"),
        *("mail_admins", "mail_managers", "os.system", "os.popen", "__import__"),
    }
)
# Programs that fetch or send.
PROGRAMS = frozenset(
    {"curl", "wget", "ssh", "scp", "sftp", "rsync", "nc", "ncat", "telnet", "sendmail", "aws"}
)

SERVER = "a server of the operator's own, named in the settings"
OURS = "our own server on this machine"
STORE = "the page's own store, named by the administrator, with its keys"
MAIL = f"the mail server: {SERVER}"
ACCOUNTS = "accounts, factors and sessions in our own database; opens nothing"
SINGLE = "single sign-on, whose requests go through people/wire.py to the guard"
LETTER = "builds a letter, or hands it to our own relay; opens nothing"
# Which file may use what, and why.
REASONS: dict[str, dict[str, str]] = {
    "monitors/network/wire.py": {
        "httpx": "the guard: trusted authorities",
        "socket": "the guard: reads and writes what dial() connected",
    },
    "monitors/network/dial.py": {
        "socket": "the guard: resolves, judges, connects",
        "sock_connect": "the guard: to a judged literal",
    },
    "monitors/network/addresses.py": {
        "httpx": "the guard: reads addresses, opens nothing",
        "socket": "the guard: reads numbers, opens nothing",
    },
    "monitors/network/echo.py": {"socket": "the guard: pings a judged literal"},
    "monitors/network/resolver.py": {
        "dns": "the guard: writes and reads questions; asks a judged server, or the system's own",
        "socket": "the guard: asks over UDP",
        "sock_connect": "the guard: to a judged literal",
    },
    "monitors/probes/dns.py": {"dns": "names and records; asks monitors/network/resolver.py, opens nothing"},
    "monitors/bell.py": {"kombu": f"the broker: {SERVER}"},
    "statuspage/broker.py": {"kombu": f"the broker: {SERVER}"},
    "statuspage/celery.py": {"kombu": "names queues, opens nothing"},
    "statuspage/pg.py": {"psycopg": f"names the database, {SERVER}; opens nothing"},
    "statuspage/publish/s3store.py": {"boto3": STORE, "botocore": STORE},
    "statuspage/publish/s3errors.py": {"botocore": "reads errors, opens nothing"},
    "statuspage/publish/cloudfront.py": {"boto3": STORE, "botocore": STORE},
    "statuspage/embedded/place.py": {"socket": "tries whether our own ports are free, opens nothing"},
    "statuspage/embedded/valkey.py": {"socket": f"a unix socket: {OURS}"},
    "statuspage/embedded/watch.py": {"http.client": f"127.0.0.1: {OURS}"},
    "statuspage/embedded/workers.py": {"kombu": f"loads the broker's transport: {OURS}"},
    "statuspage/admin/people.py": {"allauth": ACCOUNTS},
    "statuspage/people/accepting.py": {"allauth": ACCOUNTS},
    "statuspage/people/adapter.py": {"allauth": ACCOUNTS, "django.core.mail": LETTER},
    "statuspage/people/addresses.py": {"allauth": ACCOUNTS},
    "statuspage/people/backend.py": {"allauth": ACCOUNTS},
    "statuspage/people/codes.py": {"allauth": ACCOUNTS},
    "statuspage/people/forgetting.py": {"allauth": ACCOUNTS},
    "statuspage/people/invitations.py": {"allauth": ACCOUNTS},
    "statuspage/people/letters.py": {"django.core.mail": LETTER},
    "statuspage/people/post.py": {"django.core.mail": LETTER},
    "statuspage/people/proof.py": {"allauth": ACCOUNTS},
    "statuspage/people/provider.py": {"allauth": SINGLE},
    "statuspage/people/second_factor.py": {"allauth": ACCOUNTS},
    "statuspage/people/seen.py": {"allauth": ACCOUNTS},
    "statuspage/people/single.py": {"allauth": SINGLE, "requests": "names an error, opens nothing"},
    "statuspage/people/urls.py": {"allauth": ACCOUNTS},
    "statuspage/people/views.py": {"allauth": ACCOUNTS},
    "statuspage/people/wire.py": {
        "requests": "the shape that single sign-on wants: asks the guard, opens nothing"
    },
    "statuspage/preview/rehearse.py": {"psycopg": "names an error, opens nothing"},
    "subscribers/channels/server.py": {"smtplib": MAIL},
    "subscribers/channels/line.py": {"smtplib": MAIL},
    "subscribers/returns/imap.py": {"imaplib": f"the mailbox: {SERVER}"},
    "subscribers/sending_domain/names.py": {"dns": "asks the operator's resolver about their own domain"},
    "subscribers/sending_domain/relay.py": {"smtplib": MAIL},
}


def modules(tree: ast.AST) -> Iterator[str]:
    """Every module that a file imports, also as a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and name(node.func).endswith(("import_module", "import_string")):
            yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


def name(node: ast.AST) -> str:
    """`asyncio.open_connection` of an expression that reads so."""
    if isinstance(node, ast.Attribute):
        return f"{name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def calls(tree: ast.AST) -> Iterator[str]:
    """What connects although its module is harmless, called or handed over to be called."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Name)):
            whole = name(node)
            yield from {whole, whole.rpartition(".")[2]} & CALLS


def programs(tree: ast.AST) -> Iterator[str]:
    """The programs that fetch, as the first word of a list."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.List, ast.Tuple)) and node.elts and isinstance(node.elts[0], ast.Constant):
            first = str(node.elts[0].value).rpartition("/")[2]
            # A table of words is no command: commands have options, addresses or paths after them.
            if first in PROGRAMS and len(node.elts) > 1:
                yield first


def client_of(module: str) -> str | None:
    parts = module.split(".")
    starts = (".".join(parts[:number]) for number in range(1, len(parts) + 1))
    return next((start for start in starts if start in CLIENTS), None)


def found(source: str) -> set[str]:
    """Every client in a file."""
    tree = ast.parse(source)
    clients = {client for module in modules(tree) if (client := client_of(module))}
    return clients | set(calls(tree)) | set(programs(tree))


def files() -> Iterator[Path]:
    yield ROOT / "manage.py"
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def test_no_other_client_reaches_out() -> None:
    strange = {
        str(path.relative_to(ROOT)): sorted(unknown)
        for path in files()
        if (unknown := found(path.read_text()) - set(REASONS.get(str(path.relative_to(ROOT)), {})))
    }
    assert strange == {}


def test_no_reason_is_left_over() -> None:
    stale = {
        path: sorted(left)
        for path, reasons in REASONS.items()
        if (left := set(reasons) - found((ROOT / path).read_text()))
    }
    assert stale == {}


@pytest.mark.parametrize(
    ("source", "client"),
    [
        ("import httpx", "httpx"),
        ("import urllib.request as r", "urllib.request"),
        ("from urllib import request", "urllib.request"),
        ("from http import client", "http.client"),
        ("def late():\n    from requests.adapters import HTTPAdapter", "requests"),
        ("import importlib\nimportlib.import_module('aiohttp.web')", "aiohttp"),
        ("m = __import__('smt' + 'plib')", "__import__"),
        ("import asyncio\nasyncio.open_connection('h', 80)", "asyncio.open_connection"),
        ("loop.create_connection(P, 'h', 80)", "create_connection"),
        ("from django.core.mail import send_mail", "django.core.mail"),
        ("subprocess.run(['curl', url])", "curl"),
        ("subprocess.run(('/usr/bin/wget', '-q', url))", "wget"),
        ("import boto3", "boto3"),
        ("from imaplib import IMAP4_SSL", "imaplib"),
    ],
)
def test_the_reader_finds_a_client_however_it_comes_in(source: str, client: str) -> None:
    assert client in found(source)


@pytest.mark.parametrize(
    "source",
    [
        "import urllib.parse",
        "from http import HTTPStatus",
        "import email",
        "request.GET",
        "x = ['a', 'curl']",
    ],
)
def test_the_reader_leaves_alone_what_opens_nothing(source: str) -> None:
    assert found(source) == set()
