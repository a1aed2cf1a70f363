"""E-mail: one message per subscriber and step, by SMTP or into files.

A message is retried for as long as a server says "not now"; "never" is taken at its word.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from typing import ClassVar

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_noop

from subscribers import mail
from subscribers.channels.base import (
    AddressError,
    ChannelDown,
    Clock,
    Means,
    Message,
    Outcome,
    Result,
)
from subscribers.channels.folder import Folder
from subscribers.channels.line import SenderRefused
from subscribers.channels.server import Server
from subscribers.channels.smtp import Finished, Relay, Smtp, Verdict

log = logging.getLogger(__name__)

# Sent and not yet recorded: more than the first where these were quick, for a slow server must not hold many.
FIRST, FEW = 1, 10
QUICK = timedelta(seconds=1)
MAX_LENGTH = 254  # RFC 5321 4.5.3.1.3, without the angle brackets
# RFC 5321 4.5.3.1.1; of quoted ones only those that need no care anywhere.
_LOCAL = re.compile(r"[!-~]{1,64}")
_WRONG = gettext_noop("This is not an e-mail address that mail can be sent to.")
_validate = EmailValidator(allowlist=[])


class Email:
    """Mail to a person."""

    label: ClassVar[str] = gettext_noop("E-mail")
    address_label: ClassVar[str] = gettext_noop("E-mail address")
    input_type: ClassVar[str] = "email"
    every_event: ClassVar[bool] = False
    answers_ping: ClassVar[bool] = False
    schedule: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(minutes=minutes) for minutes in (0, 0.5, 2, 10, 30, 60, 120, 240, 480, 960)
    )

    def clean(self, address: str, means: Means) -> str:
        """In lower case, the domain in ASCII (IDNA 2008). Raises AddressError."""
        local, _at, domain = address.strip().rpartition("@")
        try:
            host = _in_ascii(domain)
            normal = f"{local}@{host}".lower()
            _validate(normal)
        except (idna.IDNAError, UnicodeError, ValidationError):
            raise AddressError(_WRONG) from None
        if len(normal) > MAX_LENGTH or not _LOCAL.fullmatch(local):
            raise AddressError(_WRONG)
        if "." not in host or host.rpartition(".")[2].isdigit():
            raise AddressError(_WRONG)
        return normal

    def shown(self, address: str) -> str:
        """As it is: who may see it is not decided here."""
        return address

    def send(self, messages: Iterable[Message], means: Means, clock: Clock) -> Iterator[Sequence[Outcome]]:
        """A few together, on connections that serve all of them."""
        source, number = iter(messages), FIRST
        with closing(Desk(means, clock)) as desk:
            while few := list(islice(source, number)):
                began, done = clock(), list[Outcome]()
                try:
                    for outcome in desk.send_all(few):
                        done.append(outcome)
                except ChannelDown:
                    yield done
                    raise
                yield done
                number = FEW if clock() - began < QUICK else FIRST


@lru_cache(maxsize=4096)
def _in_ascii(domain: str) -> str:
    """A domain on the wire. Kept, for most addresses share a few. Raises IDNAError or UnicodeError."""
    return idna.encode(domain, uts46=True).decode()


def check(means: Means) -> None:
    """Connects and signs in, and sends nothing. Raises ChannelDown."""
    with closing(relay(means)) as post:
        post.open()


def relay(means: Means) -> Relay:
    """Where mail goes. Raises ChannelDown where the setting cannot be understood."""
    if not means.mail_url:
        return Folder(means.mail_folder)
    try:
        return Smtp(Server.parse(means.mail_url), means.mailbox or mail.sender(means))
    except ValueError as error:
        raise ChannelDown(str(error)) from None


class Desk:
    """Composes each letter once, and sends its copies in the name of its page."""

    def __init__(self, means: Means, clock: Clock) -> None:
        self._means = means
        self._clock = clock
        # By the page's own sender of mail.
        self._means_of: dict[str, Means] = {}
        self._relays: dict[str, Relay] = {}
        # By notice, language and time zone.
        self._letters: dict[tuple[int, str, str], mail.Letter | str] = {}

    def send(self, message: Message) -> Outcome:
        """Send one. Raises ChannelDown where the server takes mail from nobody."""
        (outcome,) = self.send_all([message])
        return outcome

    def send_all(self, messages: Sequence[Message]) -> Iterator[Outcome]:
        """Send some; outcomes come as they are known. Raises ChannelDown for those of which they are not."""
        ready: dict[str, list[Finished]] = {}
        ids = {message.id: message.delivery_id for message in messages}
        for message in messages:
            finished = self._finished(message)
            if isinstance(finished, Finished):
                ready.setdefault(message.notice.page_sender, []).append(finished)
            else:
                yield Outcome(message.delivery_id, Result.BROKEN, finished)
        for page_sender, mails in ready.items():
            for finished, verdict in self._hand_over(page_sender, mails):
                yield Outcome(ids[finished.id], verdict.result, verdict.reason, busy=verdict.busy)

    def _hand_over(self, page_sender: str, mails: Sequence[Finished]) -> Iterator[tuple[Finished, Verdict]]:
        left = dict.fromkeys(mails)
        try:
            for finished, verdict in self._relay(page_sender).hand_over(mails):
                del left[finished]
                yield finished, verdict
        except SenderRefused as refused:
            # A page whose own sender the server does not know must not keep back the mail of the others.
            if not page_sender or not refused.for_good:
                raise
            yield from ((finished, Verdict(Result.FAILED, str(refused))) for finished in left)

    def _finished(self, message: Message) -> Finished | str:
        """The mail, or why it cannot be written."""
        means = self._means_for(message.notice.page_sender)
        letter = self._letter(message, means)
        if isinstance(letter, str):
            return letter
        try:
            return Finished(message.address, message.id, mail.copy(letter, message, means))
        except ValueError as error:
            return str(error)

    def close(self) -> None:
        """Be done with every connection."""
        for relay in self._relays.values():
            relay.close()

    def _means_for(self, page_sender: str) -> Means:
        if page_sender not in self._means_of:
            mail_from = page_sender or self._means.mail_from
            self._means_of[page_sender] = replace(self._means, mail_from=mail_from)
        return self._means_of[page_sender]

    def _relay(self, page_sender: str) -> Relay:
        means = self._means_for(page_sender)
        sender = mail.sender(means)
        if sender not in self._relays:
            self._relays[sender] = relay(means)
        return self._relays[sender]

    def _letter(self, message: Message, means: Means) -> mail.Letter | str:
        """The letter, or why it cannot be written: found out and logged once, not for each reader."""
        notice, language = message.notice, message.language
        key = (notice.id, language, message.time_zone)
        if key not in self._letters:
            try:
                letter: mail.Letter | str = mail.compose(
                    notice, language, means, self._clock(), message.time_zone
                )
            except Exception as error:  # whatever is wrong with this one must not stop the others
                log.exception("Notice %s cannot be written in %s.", notice.public_id, language)
                letter = f"{type(error).__name__}: {error}"
            self._letters[key] = letter
        return self._letters[key]
