"""What a row of a list means on one page: an address in its normal form, and what is to be heard there.

Whatever is named and not found is a problem of that row: nobody is told more, or less, than the list says.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from monitors.models import Component, Group, Page
from subscribers.channels import CHANNELS
from subscribers.channels.base import AddressError, Means
from subscribers.forms.zones import is_zone
from subscribers.lists.reading import Row, RowError
from subscribers.models import Kinds
from subscribers.signup import Wish

_PARTS = re.compile(r"\s*[|;,]\s*")
_SUBJECT = re.compile(r"(incident|maintenance):[0-9a-z]{12}")
_FORMATS = ("", "statuspage")

UNKNOWN_CHANNEL = gettext_noop("This channel does not exist here.")
SHORTENED = gettext_noop("The address is shortened. Export it in full, then it can be imported.")
UNKNOWN_COMPONENT = gettext_noop("This page has no such component:")
UNKNOWN_GROUP = gettext_noop("This page has no such group:")
UNKNOWN_WORD = gettext_noop("This is not known here:")


class UnknownError(RowError):
    """Something that a row names and that is not there; `about` is what it says."""

    def __init__(self, sentence: str, about: str) -> None:
        super().__init__(sentence)
        self.about = about


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that can be imported."""

    line: int
    channel: str
    address: str
    wish: Wish
    proof: str
    paused: bool
    # None: the list does not say.
    confirmed: bool | None
    ended: bool

    @property
    def key(self) -> tuple[str, str]:
        """What there is one subscriber of on a page."""
        return self.channel, self.address


class Reader:
    """Reads rows for one page, asking the database once for what the page has."""

    def __init__(self, page: Page, means: Means) -> None:
        self._page = page
        self._means = means
        self._components = _by_name(Component.objects.filter(page=page))
        self._groups = _by_name(Group.objects.filter(page=page))

    def entry(self, row: Row) -> Entry:
        """What a row means. Raises RowError."""
        address = self._address(row.channel, row.address)
        return Entry(
            line=row.line,
            channel=row.channel,
            address=address,
            wish=self._wish(row),
            proof=row.proof,
            paused=row.paused,
            confirmed=row.confirmed,
            ended=row.ended,
        )

    def _address(self, channel: str, written: str) -> str:
        if channel not in CHANNELS:
            raise UnknownError(UNKNOWN_CHANNEL, channel)
        if "…" in written:
            raise RowError(SHORTENED)
        try:
            return CHANNELS[channel].clean(written, self._means)
        except AddressError as error:
            raise RowError(str(error)) from None

    def _wish(self, row: Row) -> Wish:
        components = _found(row.components, self._components, UNKNOWN_COMPONENT)
        groups = _found(row.groups, self._groups, UNKNOWN_GROUP)
        subjects = tuple(part for part in _PARTS.split(row.subjects) if part)
        named = bool(components or groups or subjects)
        everything = not named if row.everything is None else row.everything
        return Wish(
            language=self._language(row.language),
            everything=everything,
            components=() if everything else components,
            groups=() if everything else groups,
            subjects=tuple(_one_of(subject, bool(_SUBJECT.fullmatch(subject))) for subject in subjects),
            kinds=_one_of(row.kinds, row.kinds in Kinds.values) if row.kinds else Kinds.ALL,
            time_zone=_one_of(row.time_zone, is_zone(row.time_zone)) if row.time_zone else "",
            format=_one_of(row.format, row.format in _FORMATS),
            contact=self._address("email", row.contact) if row.contact else "",
        )

    def _language(self, written: str) -> str:
        code = written[:2].lower()
        return code if code in self._page.languages else self._page.default_language


def _one_of(word: str, known: bool) -> str:
    if not known:
        raise UnknownError(UNKNOWN_WORD, word)
    return word


def _by_name(things: Iterable[Component | Group]) -> dict[str, int]:
    """Primary keys by everything that a list may call them; a name that two have stands for neither."""
    keys: dict[str, set[int]] = {}
    for thing in things:
        names = {thing.public_id, getattr(thing, "slug", ""), thing.name_en, thing.name_fr}
        for name in names - {""}:
            keys.setdefault(name.casefold(), set()).add(thing.pk)
    return {name: pks.pop() for name, pks in keys.items() if len(pks) == 1}


def _found(cell: str, known: Mapping[str, int], sentence: str) -> tuple[int, ...]:
    """The primary keys of what a cell names, one or several. Raises UnknownError."""
    whole = cell.strip("[] ").casefold()
    if whole in known:
        return (known[whole],)
    # A name with a comma in it stands between bars.
    parts = whole.split("|") if "|" in whole else _PARTS.split(whole)
    names = [name for part in parts if (name := part.strip("\"' "))]
    for name in names:
        if name not in known:
            raise UnknownError(sentence, name)
    return tuple(sorted({known[name] for name in names}))
