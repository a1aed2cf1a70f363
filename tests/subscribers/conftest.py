"""Real receivers on loopback: an SMTP sink and an HTTP server whose answers a test decides."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from django.conf import settings

from subscribers.models import Subscriber


@pytest.fixture(scope="session", autouse=True)
def _static_folder() -> None:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Tests have no collected files."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


class Sink:
    """Keeps the mails it accepts; `answer_rcpt` and `answer_data` may refuse."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.recipients: list[str] = []
        self.connections = 0
        self.answer_mail: Callable[[str], str] = lambda _address: "250 OK"
        self.answer_rcpt: Callable[[str], str] = lambda _address: "250 OK"
        self.answer_data: Callable[[str], str] = lambda _address: "250 OK"

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, answers: Any) -> Any:
        self.connections += 1
        session.host_name = name
        return answers

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = self.answer_mail(address)
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answer = self.answer_rcpt(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answer_data(envelope.rcpt_tos[0])
        if answer.startswith("250"):
            self.raw.append(envelope.original_content)
            self.recipients.append(envelope.rcpt_tos[0])
        return answer

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=default) for raw in self.raw]  # type: ignore[misc]


@dataclass
class SmtpServer:
    sink: Sink
    port: int
    stop: Callable[[], None]

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


def serve_smtp(sink: Sink, listen_with: Any = None, **options: Any) -> SmtpServer:
    """An SMTP server in a thread, until it is stopped; `listen_with` is a TLS context."""
    loop = asyncio.new_event_loop()
    make = loop.create_server(
        lambda: SMTP(sink, loop=loop, hostname="sink.example.com", **options), "127.0.0.1", 0, ssl=listen_with
    )
    server = loop.run_until_complete(make)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def stop() -> None:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    return SmtpServer(sink, server.sockets[0].getsockname()[1], stop)


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    server = serve_smtp(Sink())
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.time)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers 204 unless a test says otherwise; a path of /hang never answers until the test ends."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answer: Callable[[Request], tuple[int, dict[str, str]]] = lambda _request: (204, {})
    # What stands in every answer but that of a 204.
    said: bytes = b""
    asked: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def to(self, subscriber: Subscriber, path: str = "/hook") -> Subscriber:
        subscriber.address = f"{self.url}{path}"
        subscriber.save(update_fields=["address"])
        return subscriber


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.requests.append(request)
            receiver.asked.set()
            if self.path.startswith("/hang"):
                receiver.ended.wait(60)
                return
            status, headers = receiver.answer(request)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            said = b"" if status == 204 else receiver.said
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        receiver.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
