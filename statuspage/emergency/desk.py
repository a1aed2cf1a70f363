"""What every command works with: the person, the sealed folder, the vault, the clock, the log.

The vault is opened once, when a command first needs it.
"""

import os
from argparse import Namespace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from statuspage.emergency import folder, log, vault
from statuspage.emergency.console import Console
from statuspage.emergency.folder import Folder
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Vault


class Desk:
    """Made of the options that every command has: `bundle`, `passphrase_file`, `yes`."""

    def __init__(self, given: Namespace) -> None:
        self._given = given
        self.console = Console(yes=given.yes)

    @cached_property
    def folder(self) -> Folder:
        """The sealed folder. Raises Trouble."""
        return folder.found(self._given.bundle)

    @cached_property
    def vault(self) -> Vault:
        """The secrets. Asks for the passphrase. Raises Trouble."""
        return self._opened[0]

    @property
    def passphrase(self) -> str:
        """What opened the vault. Raises Trouble."""
        return self._opened[1]

    @cached_property
    def _opened(self) -> tuple[Vault, str]:
        content = self.folder.read()
        given = given_passphrase(self._given.passphrase_file)
        if given is not None:
            return vault.opened(content, given), given
        return self._typed(content, attempts=3)

    def _typed(self, content: bytes, attempts: int) -> tuple[Vault, str]:
        passphrase = self.console.secret(_("Passphrase:"))
        try:
            return vault.opened(content, passphrase), passphrase
        except Trouble as trouble:
            if attempts == 1:
                raise
            self.console.told(trouble)
        return self._typed(content, attempts - 1)

    def now(self) -> datetime:
        """The time by this machine's clock, in UTC."""
        return datetime.now(UTC)

    def log(self, did: str, **said: Any) -> None:
        """Keeps what was done. Raises Trouble."""
        log.append(self.folder.work, self.now(), did, **said)


def given_passphrase(file: str | None) -> str | None:
    """What a script gives: a file, EMERGENCY_PASSPHRASE_FILE or EMERGENCY_PASSPHRASE. Raises Trouble."""
    path = file or os.environ.get("EMERGENCY_PASSPHRASE_FILE")
    if not path:
        return os.environ.get("EMERGENCY_PASSPHRASE") or None
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else _("it is no text")
        sentence = _("The file of the passphrase, %(path)s, cannot be read: %(reason)s.")
        raise Trouble(sentence % {"path": path, "reason": reason}) from error
