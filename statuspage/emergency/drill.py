"""`drill`: rehearses an emergency on a copy, and tells how long each step took.

The page is read and the list of subscribers opened as in an emergency. Everything else happens in a
folder that is deleted afterwards, with a mail server inside this process: no target is written to, and
nobody is told.
"""

import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils.translation import gettext as _

from incidents.lifecycle import IncidentStatus
from monitors.ids import public_id
from monitors.status import Status
from statuspage.emergency import changes, notify, publishing, readers, source, telling, told
from statuspage.emergency.changes import Said
from statuspage.emergency.desk import Desk
from statuspage.emergency.folder import Folder
from statuspage.emergency.journal import Journal
from statuspage.emergency.means import means_of
from statuspage.emergency.news import news
from statuspage.emergency.readers import Listed, Reader
from statuspage.emergency.sharing import Sharing
from statuspage.emergency.sink import Sink
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Place, Smtp, Vault
from statuspage.signing import verify
from statuspage.snapshot import Snapshot, Text

_INVENTED = 1_000
_ALIKE = Text("Rehearsal", "Répétition")


def add(parser: ArgumentParser) -> None:
    """Its options."""
    source.add(parser)
    readers.add(parser)
    parser.add_argument(
        "--people", type=int, metavar="N", help=_("invent so many subscribers instead of opening the list")
    )


def run(given: Namespace, desk: Desk) -> int:
    """Rehearses. Raises Trouble."""
    began = time.monotonic()
    best, _held = source.read(given, desk)
    snapshot = source.snapshot(best)
    listed = _list(given, desk)
    read = time.monotonic()
    desk.console.say(_("This is a rehearsal: nothing real is written to, and nobody is told."))
    with tempfile.TemporaryDirectory(prefix="statuspage-drill-") as place, Sink() as sink:
        copy = _Copy(given, desk, Path(place), sink.port)
        after = copy.post(snapshot)
        shown = time.monotonic()
        copy.check(after)
        sent = copy.tell(after, listed)
        ended = time.monotonic()
        figures = _Figures(read - began, shown - read, _since(shown, sink.first), ended - shown)
        _say(desk, figures, sent, len(sink.recipients))
        desk.log("drill", page=round(figures.page, 2), mails=sent, seconds=round(figures.all_mail, 2))
        if sent != len(sink.recipients):
            raise Trouble(_("Not every mail arrived in the rehearsal."))
    return 0


@dataclass(frozen=True, slots=True)
class _Figures:
    """Seconds: until the page was read, then until it showed the incident; mail counts from there."""

    reading: float
    page: float
    first_mail: float
    all_mail: float


def _since(began: float, at: float | None) -> float:
    return at - began if at else 0.0


class _Copy:
    """A folder with a target, a vault and a desk of its own."""

    def __init__(self, given: Namespace, desk: Desk, folder: Path, port: int) -> None:
        config = {"path": str(folder / "page"), "private_path": str(folder / "private")}
        (folder / "page").mkdir()
        self._place = Place(_("rehearsal"), "directory", config)
        smtp = desk.vault.smtp
        account = Smtp("127.0.0.1", port, "none", "", "", smtp.sender if smtp else "drill@example.com")
        self.vault: Vault = replace(desk.vault, targets=(self._place,), smtp=account)
        self.desk = Desk(given)
        self.desk.console = desk.console
        self.desk.folder = Folder(folder)

    def post(self, snapshot: Snapshot) -> Snapshot:
        """A major outage of everything, published to the copy."""
        now = max(datetime.now(UTC), snapshot.generated_at)
        said = Said(
            id=public_id(),
            status=IncidentStatus.INVESTIGATING,
            body=_ALIKE,
            components={component.id: Status.MAJOR_OUTAGE for component in snapshot.components},
            at=now,
        )
        changed = changes.posted(snapshot, public_id(), _ALIKE, "critical", said)
        until = now + timedelta(hours=4)
        after = changes.framed(changed, sequence=snapshot.sequence + 1, now=now, until=until)
        nothing = told.Told(self._place.name, place=self._place)
        for outcome in publishing.publish(self.vault, [nothing], after, trust=False):
            if outcome.trouble:
                raise outcome.trouble
        return after

    def check(self, after: Snapshot) -> None:
        """What customers would read. Raises Trouble where it is not what was said."""
        target = self._place.target()
        document, signature = target.read(told.DOCUMENT) or b"", target.read(told.SIGNATURE) or b""
        index = target.read("index.html") or b""
        said = told.judged(self.vault, self._place.name, document, signature)
        good = verify(self.vault.signer.public, document, signature) and said.snapshot == after
        if not good or not any(text.encode() in index for text in (_ALIKE.en, _ALIKE.fr)):
            raise Trouble(_("The rehearsed page does not say what was posted."))

    def tell(self, after: Snapshot, listed: Listed) -> int:
        """Mails everybody who would hear of it; gives how many that are."""
        wanted = news(after)
        with Journal(self.desk.folder.work) as journal:
            planned = notify.plan(wanted, listed, journal, only="email")
            if not planned.people("email"):
                return 0
            sharing = Sharing(self.vault, journal, after.sequence)
            means = means_of(self.vault, listed)
            telling.tell(self.desk, planned.lines, means, journal, sharing, notify.CONNECTIONS)
            return planned.people("email")


def _list(given: Namespace, desk: Desk) -> Listed:
    if given.people is None:
        try:
            return readers.read(given, desk)
        except Trouble as trouble:
            desk.console.warn(trouble.sentence)
            desk.console.warn(
                _("The rehearsal goes on with %(count)d invented subscribers.") % {"count": _INVENTED}
            )
    return Listed(tuple(_invented(given.people or _INVENTED)), datetime.now(UTC), _("invented"))


def _invented(number: int) -> Sequence[Reader]:
    return [
        Reader(
            id=f"invented{each:06}",
            channel="email",
            address=f"invented{each}@example.com",
            language="fr" if each % 2 else "en",
            secret="",
            everything=True,
            components=frozenset(),
            unsubscribe=f"https://example.com/unsubscribe/{each}",
        )
        for each in range(number)
    ]


def _say(desk: Desk, figures: _Figures, sent: int, arrived: int) -> None:
    said = {
        "reading": figures.reading,
        "page": figures.page,
        "first": figures.first_mail,
        "all": figures.all_mail,
        "sent": sent,
        "arrived": arrived,
    }
    lines = [
        _("Page and list read after %(reading).1f s"),
        _("Page shown %(page).1f s later"),
        _("First mail %(first).1f s after that"),
        _("%(arrived)d of %(sent)d mails in %(all).1f s"),
    ]
    desk.console.say("\n".join("✓ " + line % said for line in lines))
    desk.console.say(_("Nothing of it is left: no target was written to, and nobody was told."))
