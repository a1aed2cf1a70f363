"""The sealed folder: code, keys and a journal that one person can carry away.

`sealed.age` holds every secret; `work/` holds what was done, readable by its owner alone.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from statuspage.emergency.standalone import BASE
from statuspage.emergency.trouble import Trouble

SEALED = "sealed.age"


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that `init` made."""

    path: Path

    @property
    def sealed(self) -> Path:
        """The file of the vault."""
        return self.path / SEALED

    @property
    def work(self) -> Path:
        """Where the journal and the log are; made if missing. Raises Trouble."""
        work = self.path / "work"
        try:
            work.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Trouble(
                _("The folder %(path)s cannot be written: %(reason)s.")
                % {"path": work, "reason": error.strerror},
                _("Copy the whole folder to a disk that can be written, and start it there."),
            ) from error
        return work

    def read(self) -> bytes:
        """The content of the vault's file. Raises Trouble."""
        try:
            return self.sealed.read_bytes()
        except OSError as error:
            raise Trouble(
                _("%(path)s cannot be read: %(reason)s.") % {"path": self.sealed, "reason": error.strerror},
                _("Name the folder that “init” made with --bundle."),
            ) from error


def found(named: str | None) -> Folder:
    """The folder named by --bundle, by EMERGENCY_BUNDLE, else the present one, else the code's own.

    Raises Trouble where none of them holds a vault.
    """
    name = named or os.environ.get("EMERGENCY_BUNDLE")
    places = [Path(name)] if name else [Path.cwd(), BASE]
    for place in places:
        if (place / SEALED).is_file():
            return Folder(place.resolve())
    raise Trouble(
        _("There is no sealed.age in %(path)s.") % {"path": places[0]},
        _("Go to the folder that “init” made, or name it with --bundle."),
    )
