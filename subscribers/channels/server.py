"""The mail server: where it is, and a connection to it that is as safe as EMAIL_URL asks for.

Where TLS is demanded, nothing but the greeting and STARTTLS goes without it, above all no password;
where encryption is left to chance, there is no password at all.
"""

import smtplib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import unquote, urlsplit

from subscribers.channels.base import ChannelDown

# Seconds for each step of the conversation.
TIMEOUT = 10.0


class Security(StrEnum):
    """How the connection is protected."""

    NONE = "smtp"
    # Encrypted where the server can, with whatever certificate (RFC 7435): better than nothing, no more.
    OPPORTUNISTIC = "smtp+opportunistic"
    # Demanded, with a certificate for the server's name (RFC 3207, RFC 8314).
    STARTTLS = "smtp+tls"
    TLS = "smtps"


PORTS = {Security.NONE: 25, Security.OPPORTUNISTIC: 25, Security.STARTTLS: 587, Security.TLS: 465}


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
        """Read `smtp://`, `smtp+opportunistic://`, `smtp+tls://` or `smtps://` `user:password@host:port`.

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
        if parts.username and security == Security.OPPORTUNISTIC:
            raise ValueError("EMAIL_URL with a password needs smtp+tls:// or smtps://")
        return cls(
            parts.hostname, port, security, unquote(parts.username or ""), unquote(parts.password or "")
        )

    def connect(self, name: str) -> smtplib.SMTP:
        """A connection that is ready for mail; `name` is what we call ourselves. Raises ChannelDown."""
        try:
            return self._connect(name)
        except smtplib.SMTPNotSupportedError as error:
            raise ChannelDown(f"The mail server cannot do what EMAIL_URL demands: {error}") from None
        except smtplib.SMTPResponseException as refused:
            raise ChannelDown(one_line(refused.smtp_code, refused.smtp_error)) from None
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelDown(f"No connection to the mail server: {type(error).__name__}.") from None

    def _connect(self, name: str) -> smtplib.SMTP:
        if self.security == Security.OPPORTUNISTIC:
            try:
                return self._opened(name, _unchecked())
            except (ssl.SSLError, smtplib.SMTPException):
                # What it offers does not work: then in clear text, as if it had offered nothing.
                return self._opened(name, None)
        return self._opened(name, _checked() if self.security != Security.NONE else None)

    def _opened(self, name: str, context: ssl.SSLContext | None) -> smtplib.SMTP:
        connection: smtplib.SMTP
        if self.security == Security.TLS:
            connection = smtplib.SMTP_SSL(self.host, self.port, name, timeout=TIMEOUT, context=context)
        else:
            connection = smtplib.SMTP(self.host, self.port, name, timeout=TIMEOUT)
        try:
            with _within(TIMEOUT, connection):
                self._secure(connection, context)
                connection.ehlo_or_helo_if_needed()
                if self.user:
                    connection.login(self.user, self.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _secure(self, connection: smtplib.SMTP, context: ssl.SSLContext | None) -> None:
        """Begin TLS where that is still to do. Raises SMTPNotSupportedError where it cannot be."""
        if context is None or self.security == Security.TLS:
            return
        connection.ehlo_or_helo_if_needed()
        if self.security == Security.STARTTLS or connection.has_extn("starttls"):
            code, said = connection.starttls(context=context)
            if code != 220:
                raise smtplib.SMTPNotSupportedError(one_line(code, said))


@contextmanager
def _within(seconds: float, connection: smtplib.SMTP) -> Iterator[None]:
    """End a connection on which all this takes longer: limits for each line are none for many slow lines."""

    def end() -> None:
        with suppress(OSError):
            if connection.sock is not None:
                connection.sock.shutdown(2)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _checked() -> ssl.SSLContext:
    return ssl.create_default_context()


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def one_line(code: int, text: bytes | str) -> str:
    """An answer of the server on one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    printable = "".join(letter if " " <= letter <= "~" else " " for letter in words)
    return f"{code} {' '.join(printable.split())}"[:500]
