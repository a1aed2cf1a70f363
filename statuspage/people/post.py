"""Django's way to the mail server of notices: over the same connection, encrypted and signed alike."""

from collections.abc import Sequence
from contextlib import closing
from email.charset import QP, Charset
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from monitors.ids import public_id
from subscribers import mail
from subscribers.channels.base import ChannelDown, Means, Result
from subscribers.channels.email import relay
from subscribers.channels.smtp import Finished
from subscribers.means import means

_ASCII = Charset("utf-8")
_ASCII.body_encoding = QP


class Post(BaseEmailBackend):
    """settings.EMAIL_BACKEND."""

    def __init__(self, fail_silently: bool = False, **_more: Any) -> None:
        super().__init__(fail_silently)

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        """How many went out. Raises ChannelDown, which says why."""
        found = means(settings)
        with closing(relay(found)) as post:
            post.open()
            letters = [_finished(message, found) for message in messages if message.recipients()]
            for finished, verdict in post.hand_over(letters):
                if verdict.result != Result.SENT:
                    raise ChannelDown(verdict.reason or f"The mail to {finished.recipient} was not taken.")
        return len(letters)


def _finished(message: EmailMessage, found: Means) -> Finished:
    name = public_id()
    domain = mail.sender(found).rpartition("@")[2]
    message.extra_headers.setdefault("Message-ID", f"<{name}@{domain}>")
    # ASCII on the wire, whatever the server can take.
    message.encoding = _ASCII
    content = message.message().as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if found.dkim is not None and found.dkim.covers(domain):
        content = found.dkim.signed(content)
    return Finished(parseaddr(message.recipients()[0])[1], name, content)
