"""Follows the database from a background thread: newer releases onto the shelves.

About every second it reads only rows newer than it has. While Postgres is dead the shelves stay as
they are, so that what was published goes on being served.
"""

import logging
import threading
from pathlib import Path

from django.db import Error, connection, transaction

from monitors.models import Page
from statuspage.models import Release
from statuspage.shelf import Shelf, State
from statuspage.stored import contents, files_at, latest, removed, usable_base

log = logging.getLogger(__name__)

INTERVAL = 0.5
# While the database does not answer.
PAUSE = 2.0


class Follower:
    """The shelves of every page, kept up to date; `shelves` is replaced, never changed in place."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stop = threading.Event()
        self.shelves: dict[str, Shelf] = {
            shelf.state.domain: shelf
            for folder in (sorted(root.iterdir()) if root.is_dir() else [])
            if (shelf := Shelf.load(folder))
        }

    def start(self) -> None:
        """Starts the thread that follows; it ends with the process."""
        threading.Thread(target=self._run, name="follow", daemon=True).start()

    def stop(self) -> None:
        """Ends the thread."""
        self._stop.set()

    def _run(self) -> None:
        answered = True
        while not self._stop.wait(INTERVAL if answered else PAUSE):
            try:
                self.look()
                answered = True
            except (Error, OSError) as error:
                if answered:
                    log.warning("following releases: %s; what is published stays served", error)
                answered = False
                connection.close()
            except Exception:  # a thread that ended would freeze the page for as long as the process lives
                if answered:
                    log.exception("following releases; what is published stays served")
                answered = False
                connection.close()

    def look(self) -> None:
        """Reads what is newer, once. Raises django.db.Error or OSError."""
        newest = dict(
            Release.objects.filter(generated_at__isnull=False)
            .order_by("page_id", "-sequence")
            .distinct("page_id")
            .values_list("page_id", "sequence")
        )
        held = {shelf.state.page_id: shelf for shelf in self.shelves.values()}
        shelves = {}
        # No more of a page than that: neither its pictures, twice a second, nor a secret that a lost key
        # may keep from us.
        for page in Page.objects.filter(pk__in=newest).only("public_id", "domain", "access"):
            shelf = held.get(page.public_id) or self._empty(page)
            if shelf.state != State(page.public_id, page.domain, newest[page.pk], page.private):
                _catch_up(shelf, page)
            shelves[page.domain] = shelf
        kept = {shelf.state.page_id for shelf in shelves.values()}
        self.shelves = shelves
        for page_id in held.keys() - kept:
            held[page_id].drop()

    def _empty(self, page: Page) -> Shelf:
        return Shelf(self._root / page.public_id, State(page.public_id, page.domain, 0, page.private), [])


def _catch_up(shelf: Shelf, page: Page) -> None:
    """Brings a shelf to the newest release; from scratch where the database is behind it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        release = latest(page.pk)
        if release is None:
            return
        base = usable_base(shelf.state.sequence, release.sequence)
        changed = contents(files_at(page.pk, release.sequence).filter(since__gt=base))
        gone = removed(page.pk, base, release.sequence) if base else shelf.paths - set(changed)
    shelf.update(State(page.public_id, page.domain, release.sequence, page.private), changed, gone)
