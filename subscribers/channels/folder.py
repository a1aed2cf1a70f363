"""Mail as files, where there is no server: `<id>.eml`, whole or not there at all.

Sent again, it is the same file.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from subscribers.channels.base import ChannelDown, Result
from subscribers.channels.smtp import Finished, Verdict


class Folder:
    """A folder that takes every mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Files need no connection."""

    def hand_over(self, mails: Sequence[Finished]) -> Iterator[tuple[Finished, Verdict]]:
        """Write them, one file each. Raises ChannelDown where the folder cannot be written to."""
        for mail in mails:
            self._write(mail)
            yield mail, Verdict(Result.SENT)

    def _write(self, mail: Finished) -> None:
        unfinished = self._folder / f".{mail.id}.{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            unfinished.write_bytes(mail.content)
            unfinished.replace(self._folder / f"{mail.id}.eml")
        except OSError as error:
            raise ChannelDown(f"The mail folder cannot be written to: {error.strerror}.") from None

    def close(self) -> None:
        """Nothing is open."""
