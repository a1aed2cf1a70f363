"""Everything the tool did, one JSON line each, in `work/log.jsonl`.

A line is on the disk before the next step begins; no secret is ever in one.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from statuspage.emergency.trouble import Trouble

NAME = "log.jsonl"


def append(work: Path, at: datetime, did: str, **said: Any) -> None:
    """Adds a line and waits for the disk. Raises Trouble."""
    line = json.dumps({"at": at.isoformat(timespec="milliseconds"), "did": did, **said}, ensure_ascii=False)
    try:
        file = os.open(work / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(file, "ab") as opened:
            # A line that was cut by a crash stays a line of its own.
            opened.write(b"\n" * _is_cut(work / NAME) + line.encode() + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        raise Trouble(
            _("The journal cannot be written: %(reason)s.") % {"reason": error.strerror},
            _("Copy the whole folder to a disk that can be written, and start it there."),
        ) from error


def lines(work: Path) -> Iterator[dict[str, Any]]:
    """What was done, the oldest first; a line that was cut is left out."""
    try:
        content = (work / NAME).read_text(errors="replace")
    except FileNotFoundError:
        return
    for line in content.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if isinstance(said, dict):
            yield said


def _is_cut(path: Path) -> bool:
    with path.open("rb") as opened:
        if not opened.seek(0, os.SEEK_END):
            return False
        opened.seek(-1, os.SEEK_END)
        return opened.read(1) != b"\n"
