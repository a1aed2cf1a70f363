"""`waiting-page`: the pages that load balancers show while the product itself is down.

Without --out everything is published anew as it stands, which also brings up to date a target that
could not be reached before.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.utils.translation import gettext as _

from statuspage.emergency import saying, source
from statuspage.emergency.desk import Desk
from statuspage.emergency.trouble import Trouble
from statuspage.render import render
from statuspage.snapshot import Documents


def add(parser: ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("--out", metavar="DIR", help=_("write them into a folder instead of publishing"))
    saying.add(parser)


def run(given: Namespace, desk: Desk) -> int:
    """Writes or publishes them. Raises Trouble."""
    if not given.out:
        return saying.perform(given, desk, lambda snapshot, now: snapshot, "waiting-page")
    files = render(source.reading(given, desk).snapshot, Documents())
    pages = {path: content for path, content in files.items() if "outage" in Path(path).parts}
    for path, content in pages.items():
        _write(Path(given.out) / path, content)
        desk.console.say(str(Path(given.out) / path))
    return 0


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise Trouble(
            _("%(path)s cannot be written: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error
