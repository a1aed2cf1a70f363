"""What single incidents and maintenances are called, and whether they are over: asked of those who keep them.

Who writes incidents stands above the post room and hands its readers down as it starts, so that imports
go down only. A name ("incident:<public id>") that nobody knows is simply not in the answer.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from monitors.models import localized


@dataclass(frozen=True, slots=True)
class Subject:
    """An incident or maintenance that somebody may follow by its name.

    `page_id` is a primary key, `url` the absolute address in the page's default language, `changed_at`
    when anything was last said of it.
    """

    name: str
    page_id: int
    title_en: str
    title_fr: str
    url: str
    over: bool
    changed_at: datetime

    @property
    def title(self) -> str:
        """In the active language, if it has one there."""
        return localized(self.title_en, self.title_fr)


# From public ids to those that exist.
Reader = Callable[[Collection[str]], Iterable[Subject]]
_readers: dict[str, Reader] = {}


def read_with(kind: str, reader: Reader) -> None:
    """Whom to ask for subjects of a kind ("incident")."""
    _readers[kind] = reader


def known(names: Iterable[str]) -> dict[str, Subject]:
    """Those subjects that exist, by name: at most one question for each kind."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for name in names:
        kind, _colon, public_id = name.partition(":")
        wanted[kind].add(public_id)
    readers = [(_readers[kind], ids) for kind, ids in wanted.items() if kind in _readers]
    return {subject.name: subject for reader, ids in readers for subject in reader(ids)}
