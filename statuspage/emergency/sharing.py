"""Shares the journal with the application through the private place of every target.

Whom the tool is about to tell is in doubt for the application until the next account says more. Once the
application left its mark, nobody else is told by the tool.
"""

import threading
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from django.utils.translation import gettext as _

from statuspage.emergency import account
from statuspage.emergency.account import Account, Entry, Fate
from statuspage.emergency.journal import Journal, Key
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Vault
from statuspage.publish import ConfigError, Private, PublishError
from statuspage.signing import verify

# Seconds that a place is left alone after it failed: mails do not wait for it before each few of them.
_REST = 120.0


class TakenOver(Exception):
    """The application has returned, and tells the rest by itself."""


class Sharing:
    """The places of one vault, for what was published as `sequence`. Used by several threads."""

    def __init__(self, vault: Vault, journal: Journal, sequence: int) -> None:
        self._vault = vault
        self._journal = journal
        self._sequence = sequence
        self._lock = threading.Lock()
        self._about: dict[Key, datetime] = {}
        self._rests_until: dict[str, float] = {}
        self.troubles: dict[str, str] = {}
        self._places = dict(self._private_places())

    def _private_places(self) -> list[tuple[str, Private]]:
        found = []
        for place in self._vault.targets:
            try:
                private = place.target().private
            except ConfigError as error:
                self.troubles[place.name] = error.told(_)
                continue
            if private is None:
                self.troubles[place.name] = _("it has no private place")
            else:
                found.append((place.name, private))
        return found

    @property
    def nowhere(self) -> bool:
        """Whether no target has the journal: the application will not know whom the tool told."""
        return len(self.troubles) == len(self._vault.targets)

    def known(self) -> list[Account]:
        """What this folder and copies of it left there. An account that is not ours is left aside."""
        found: list[Account] = []
        for name, private in self._places.items():
            try:
                content, signature = private.get(account.ACCOUNT), private.get(account.ACCOUNT_SIGNATURE)
                if content and verify(self._vault.signer.public, content, signature or b""):
                    found.append(account.decoded(content, self._vault.page_id))
            except (PublishError, ValueError) as error:
                self.troubles[name] = error.told(_) if isinstance(error, PublishError) else str(error)
        return found

    def announce(self, about: Collection[Key], now: datetime) -> None:
        """Before these are told. Raises TakenOver, and then they must not be."""
        with self._lock:
            self._about |= dict.fromkeys(about, now)
            awake = self._awake()
            self._put(awake)
            self._look(awake)

    def done(self, about: Collection[Key]) -> None:
        """What became of these is in the journal by now."""
        with self._lock:
            for key in about:
                self._about.pop(key, None)

    def finish(self) -> None:
        """The account as it is in the end."""
        with self._lock:
            self._about = {}
            self._put(self._places)

    def _awake(self) -> dict[str, Private]:
        now = time.monotonic()
        return {
            name: private for name, private in self._places.items() if self._rests_until.get(name, now) <= now
        }

    def _put(self, places: Mapping[str, Private]) -> None:
        known = {(each.update, each.subscriber): each for each in self._journal.entries()}
        for key, at in self._about.items():
            if key not in known:
                known[key] = Entry(*key, Fate.UNKNOWN, at)
        content = account.encoded(self._vault.page_id, known.values(), self._journal.id)
        signature = self._vault.signer.sign(content)
        with ThreadPoolExecutor(max(1, len(places))) as pool:
            for name, trouble in pool.map(
                lambda each: (each[0], _put(each[1], content, signature)), places.items()
            ):
                self._note(name, trouble)

    def _note(self, name: str, trouble: str) -> None:
        if trouble:
            self.troubles[name] = trouble
            self._rests_until[name] = time.monotonic() + _REST
        else:
            self.troubles.pop(name, None)

    def _look(self, places: Mapping[str, Private]) -> None:
        for private in places.values():
            try:
                mark = private.get(account.TAKEN)
            except PublishError:
                continue
            if account.taken(mark, self._vault.page_id, self._vault.application_key) >= self._sequence:
                raise TakenOver


def _put(private: Private, content: bytes, signature: bytes) -> str:
    """What went wrong, or ""."""
    try:
        private.put(account.ACCOUNT, content)
        private.put(account.ACCOUNT_SIGNATURE, signature)
    except PublishError as error:
        return error.told(_)
    return ""


def taken_over() -> Trouble:
    """What the person is told of TakenOver."""
    return Trouble(
        _("The application has returned and took over what was posted: it tells the rest by itself."),
        _("Nobody else is told by this tool. Post further updates in the application."),
    )
