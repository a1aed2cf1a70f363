"""One real receiver per channel, for tests that all channels pass alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from subscribers.channels import CHANNELS
from subscribers.channels.base import Means, Message, Outcome
from tests.subscribers.conftest import Receiver, SmtpServer
from tests.subscribers.make import NOW, Clock, make_means, make_message, make_told

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# What is only in the address, never in anything that is kept or shown.
TOKEN = "XyZtokenXyZtokenXyZtoken12"
CHATS = ("slack", "teams", "discord", "mattermost")
# How each of them says that it is over for good.
GONE: dict[str, tuple[int, bytes]] = {
    "webhook": (410, b""),
    "slack": (404, b"no_service"),
    "teams": (404, b'{"error":{"code":"WorkflowNotFound"}}'),
    "discord": (404, b'{"message": "Unknown Webhook", "code": 10015}'),
    "mattermost": (400, b'{"id":"web.incoming_webhook.invalid.app_error","status_code":400}'),
}


@dataclass
class Wire:
    """A channel, where its messages go, and what its receiver answers: "ok", "later" or "never"."""

    channel: str
    address: str
    means: Means
    answers: Callable[[str], None]
    received: Callable[[], list[str]]

    def message(self, **values: Any) -> Message:
        told = values.pop("told", None) or make_told()
        return make_message(told, secret=SECRET, address=self.address, **values)

    def send(self, *messages: Message) -> list[Outcome]:
        sent = CHANNELS[self.channel].send(messages, self.means, Clock(NOW))
        return [outcome for outcomes in sent for outcome in outcomes]


def mail_wire(smtp: SmtpServer) -> Wire:
    said = {"ok": "250 OK", "later": "450 4.2.0 greylisted", "never": "550 5.1.1 no such user"}

    def answers(kind: str) -> None:
        smtp.sink.answer_rcpt = lambda _address: said[kind]

    def received() -> list[str]:
        texts = []
        for mail in smtp.sink.mails:
            plain = mail.get_body(("plain",))
            assert plain is not None
            texts.append(f"{mail['Subject']}\n{plain.get_content()}")
        return texts

    return Wire("email", "reader@example.com", make_means(mail_url=smtp.url), answers, received)


def http_wire(channel: str, receiver: Receiver) -> Wire:
    def answers(kind: str) -> None:
        status, said = {"ok": (200, b"ok"), "later": (503, b"<b>secret</b>")}.get(kind) or GONE[channel]
        receiver.answer = lambda _request: (status, {})
        receiver.said = said

    def received() -> list[str]:
        return [request.body.decode() for request in receiver.requests]

    return Wire(channel, f"{receiver.url}/hooks/{TOKEN}", make_means(), answers, received)
