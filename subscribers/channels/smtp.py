"""Hands finished mails to an SMTP server, or to a folder where there is none.

One connection serves many mails. Where EMAIL_URL asks for TLS nothing is ever sent without it, and
trouble that is the server's own is never blamed on a recipient.
"""

import os
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import unquote, urlsplit

from subscribers.channels.base import ChannelDown, Result

# Seconds for each step of the conversation.
TIMEOUT = 10.0
GOODBYE = 1.0

Verdict = tuple[Result, str]


class Security(StrEnum):
    """How the connection is protected."""

    NONE = "smtp"
    STARTTLS = "smtp+tls"
    TLS = "smtps"


PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server and how to sign in; without a user nobody signs in."""

    host: str
    port: int
    security: Security
    user: str
    password: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `smtp://`, `smtp+tls://` (STARTTLS, required) or `smtps://` `user:password@host:port`.

        Raises ValueError, which never repeats the address: there may be a password in it.
        """
        try:
            parts = urlsplit(url)
            security = Security(parts.scheme)
            if not parts.hostname:
                raise ValueError
            port = parts.port or PORTS[security]
        except ValueError:
            raise ValueError("EMAIL_URL is not like smtp+tls://user:password@mail.example.com:587") from None
        return cls(
            parts.hostname, port, security, unquote(parts.username or ""), unquote(parts.password or "")
        )


class Relay(Protocol):
    """Where finished mails go."""

    def open(self) -> None:
        """Be ready. Raises ChannelDown where no mail can go."""

    def hand_over(self, recipient: str, mail_id: str, mail: bytes) -> Verdict:
        """What became of one mail, and why. Raises ChannelDown where none can go."""

    def close(self) -> None:
        """Be done with it."""


class Folder:
    """Mail as files: `<id>.eml`, whole or not there at all; sent again, it is the same file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hand_over(self, recipient: str, mail_id: str, mail: bytes) -> Verdict:
        """Write one file. Raises ChannelDown where the folder cannot be written to."""
        unfinished = self._folder / f".{mail_id}.{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished.write_bytes(mail)
            unfinished.replace(self._folder / f"{mail_id}.eml")
        except OSError as error:
            raise ChannelDown(f"The mail folder cannot be written to: {error.strerror}.") from None
        return Result.SENT, ""

    def open(self) -> None:
        """Files need no connection."""

    def close(self) -> None:
        """Nothing is open."""


class Smtp:
    """One reused connection; made when the first mail needs it, and again after it broke."""

    def __init__(self, server: Server, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._connection: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect and sign in, unless that is done. Raises ChannelDown."""
        self._connected()

    def hand_over(self, recipient: str, mail_id: str, mail: bytes) -> Verdict:
        """Send one mail. Raises ChannelDown where the server takes mail from nobody."""
        connection = self._connected()
        try:
            connection.sendmail(self._sender, [recipient], mail)
        except smtplib.SMTPSenderRefused as refused:
            raise ChannelDown(_said(refused.smtp_code, refused.smtp_error)) from None
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = refused.recipients[recipient]
            return self._verdict(code, said)
        except smtplib.SMTPResponseException as refused:
            return self._verdict(refused.smtp_code, refused.smtp_error)
        except (OSError, smtplib.SMTPException):
            self.close()
            return Result.FAILED, "The connection to the mail server broke."
        return Result.SENT, ""

    def _verdict(self, code: int, said: bytes | str) -> Verdict:
        if code == 421:
            self.close()
        return (Result.REFUSED if 500 <= code < 600 else Result.FAILED), _said(code, said)

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            try:
                self._connection = self._connect()
            except smtplib.SMTPResponseException as refused:
                raise ChannelDown(_said(refused.smtp_code, refused.smtp_error)) from None
            except (OSError, smtplib.SMTPException) as error:
                raise ChannelDown(f"No connection to the mail server: {type(error).__name__}.") from None
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        server, name = self._server, self._sender.rpartition("@")[2]
        connection: smtplib.SMTP
        if server.security == Security.TLS:
            context = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(server.host, server.port, name, timeout=TIMEOUT, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, name, timeout=TIMEOUT)
        try:
            if server.security == Security.STARTTLS:
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Say goodbye, but do not wait for an answer for long."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(OSError, smtplib.SMTPException):
            if connection.sock is not None:
                connection.sock.settimeout(GOODBYE)
                connection.quit()
        connection.close()


def _said(code: int, text: bytes | str) -> str:
    """An answer of the server on one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {re.sub(r'[^ -~]+', ' ', words).strip()}"[:500]
