"""What a list of subscribers says, line by line: ours, Statuspage's, Cachet's, or plain addresses. Pure.

What a list does not say is left open; what it says in words that we do not know is a problem of that line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from monitors import sheets
from monitors.reasons import N_
from monitors.sheets import Line


class Kind(StrEnum):
    """Whose list it is."""

    OURS = N_("our own export")
    STATUSPAGE = N_("a list of Statuspage")
    CACHET = N_("a list of Cachet")
    PLAIN = N_("a list of addresses")


class ListError(ValueError):
    """A file that is no list of subscribers; the sentence is a message id, `about` what it speaks of."""

    def __init__(self, sentence: str, about: str = "") -> None:
        super().__init__(sentence)
        self.about = about


class RowError(ValueError):
    """A row that cannot be used; the sentence is a message id."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one line says. Cells hold what was written there; None: the list does not say."""

    line: int
    channel: str
    address: str
    language: str = ""
    # None: everything, unless something is named.
    everything: bool | None = None
    components: str = ""
    groups: str = ""
    subjects: str = ""
    kinds: str = ""
    time_zone: str = ""
    format: str = ""
    contact: str = ""
    proof: str = ""
    paused: bool = False
    # Whether the address proved itself to whoever wrote the list.
    confirmed: bool | None = None
    # Whether they left, or were given up, there.
    ended: bool = False


# What columns are called, by whom; all in lower case, with "_" for whatever is no letter and no digit.
NAMES = {
    "channel": ("channel", "type", "mode", "method", "subscriber_type"),
    "address": ("address", "recipient", "target", "subscriber"),
    "email": ("email", "e_mail", "mail", "email_address", "e_mail_address", "adresse_e_mail"),
    "endpoint": ("endpoint", "webhook", "webhook_url", "webhook_endpoint", "url", "number_or_url"),
    "slack": ("slack_webhook_url",),
    "phone": ("phone_number", "phone", "number", "sms", "display_phone_number"),
    "language": ("language", "locale", "lang", "langue"),
    "everything": ("everything", "global", "subscribe_all", "all_components"),
    "components": ("components", "component", "component_ids", "component_names", "services", "composants"),
    "groups": ("groups", "group", "component_groups", "groupes"),
    **{name: (name,) for name in ("subjects", "kinds", "format", "contact")},
    "time_zone": ("time_zone", "timezone"),
    "proof": ("proof", "proof_of_consent", "consent"),
    "state": ("state", "status"),
    "confirmed": (
        "confirmed_at",
        "verified_at",
        "email_verified_at",
        "verified",
        "confirmed",
        "is_confirmed",
    ),
    "ended": ("ended_at", "unsubscribed_at", "quarantined_at"),
}
_MEANING = {name: meaning for meaning, names in NAMES.items() for name in names}
_WHERE = ("address", "email", "endpoint", "slack")
_CHANNELS = {
    "e_mail": "email",
    "mail": "email",
    "microsoft_teams": "teams",
    "msteams": "teams",
    "web": "webhook",
}
_SMS = ("sms", "phone", "phone_number")
_NOTHING = ("null", r"\n", "none")
_NO = ("", "0", "no", "false", "f", "n", "non", "faux", *_NOTHING)
_ENDED = ("unsubscribed", "disabled", "quarantined", "bounced", "complained", "inactive", "deleted")
_CONFIRMED = ("active", "paused", "confirmed", "subscribed", "verified")
_PENDING = ("pending", "unconfirmed", "unverified", "not_verified")
NO_ROWS = N_("The file has no line with an address.")
NO_ADDRESSES = N_(
    "No column of the first line is called “email” or “address”. Name the columns in the first line, or "
    "leave all but the addresses out."
)
TWICE = N_("Two columns of the first line say the same:")
NO_SMS = N_("Text messages (SMS) are not sent.")
NO_ADDRESS = N_("There is no address on this line.")
WHICH = N_("It is for some components, but the list does not say for which.")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where on a line what stands, and whose list that is."""

    kind: Kind
    places: Mapping[str, int]
    # What the first line names and nobody here knows.
    unused: tuple[str, ...] = ()
    # Whether the first line names columns, rather than somebody.
    named: bool = True


def columns_of(first: Line) -> Columns:
    """What the first line tells. Raises ListError."""
    if first.problem:
        raise ListError(first.problem)
    if any("@" in cell or "://" in cell for cell in first.cells):
        return _without_names(first)
    words = [_word(cell) for cell in first.cells]
    places: dict[str, int] = {}
    for place, word in enumerate(words):
        meaning = _MEANING.get(word)
        if meaning in ("phone", "ended") and meaning in places:
            continue  # several numbers and dates: whichever comes first
        if meaning and meaning in places:
            raise ListError(TWICE, first.cells[place])
        if meaning:
            places[meaning] = place
    if any(where in places for where in _WHERE):
        unused = tuple(cell for cell, word in zip(first.cells, words, strict=True) if word not in _MEANING)
        return Columns(_kind(set(words), places), places, tuple(cell for cell in unused if cell))
    raise ListError(NO_ADDRESSES)


def _without_names(first: Line) -> Columns:
    """A list whose first line is somebody: Statuspage's (kind, address), or addresses alone."""
    cells = first.cells
    if len(cells) > 1 and _word(cells[0]) in ("email", "webhook", *_SMS):
        return Columns(Kind.STATUSPAGE, {"channel": 0, "address": 1}, named=False)
    if "@" in cells[0] or "://" in cells[0]:
        return Columns(Kind.PLAIN, {"address": 0}, named=False)
    raise ListError(NO_ADDRESSES)


def _kind(words: set[str], places: Mapping[str, int]) -> Kind:
    if words & {"verify_code", "email_verified_at", "verified_at", "slack_webhook_url"}:
        return Kind.CACHET
    if {"channel", "address", "state"} <= words:
        return Kind.OURS
    return Kind.STATUSPAGE if "channel" in places else Kind.PLAIN


def _word(cell: str) -> str:
    return re.sub(r"[^0-9a-z]+", "_", cell.lower()).strip("_")


def read(file: BinaryIO, encoding: str) -> tuple[Columns, Iterator[Row | Line]]:
    """Whose list a file is, and its rows; a Line among them is one with a problem. Raises ListError."""
    lines = sheets.lines(file, encoding)
    first = next(lines, None)
    if first is None:
        raise ListError(NO_ROWS)
    columns = columns_of(first)
    return columns, _rows(columns, first, lines)


def _rows(columns: Columns, first: Line, lines: Iterator[Line]) -> Iterator[Row | Line]:
    if not columns.named:
        yield _row_or_problem(columns, first)
    for line in lines:
        yield _row_or_problem(columns, line)


def _row_or_problem(columns: Columns, line: Line) -> Row | Line:
    if line.problem:
        return line
    try:
        return _row(columns, line)
    except RowError as error:
        return Line(line.number, line.cells, str(error))


def _row(columns: Columns, line: Line) -> Row:
    said = {
        meaning: line.cells[place] if place < len(line.cells) else ""
        for meaning, place in columns.places.items()
    }
    said = {meaning: "" if cell.lower() in _NOTHING else cell for meaning, cell in said.items()}
    channel, address = _whom(said)
    state = _word(said.get("state", ""))
    return Row(
        line=line.number,
        channel=channel,
        address=address,
        everything=_everything(said),
        contact=said.get("contact", "") or (said.get("email", "") if said.get("email") != address else ""),
        paused=state == "paused",
        confirmed=_confirmed(said, state),
        ended=state in _ENDED or said.get("ended", "").lower() not in _NO,
        **{name: said.get(name, "") for name in _AS_WRITTEN},
    )


_AS_WRITTEN = ("language", "components", "groups", "subjects", "kinds", "time_zone", "format", "proof")


def _whom(said: Mapping[str, str]) -> tuple[str, str]:
    """The channel and the address. Raises RowError."""
    channel = _word(said.get("channel", ""))
    channel = _CHANNELS.get(channel, channel)
    if channel in _SMS:
        raise RowError(NO_SMS)
    order = ("email", "address") if channel == "email" else ("endpoint", "address", "slack", "email")
    where = next((name for name in order if said.get(name)), "")
    if not where:
        raise RowError(NO_SMS if said.get("phone") else NO_ADDRESS)
    address = said[where]
    guess = "slack" if where == "slack" else "webhook" if "://" in address else "email"
    return channel or guess, address


def _everything(said: Mapping[str, str]) -> bool | None:
    """Whether they hear everything. Raises RowError where some components are meant, and none is named."""
    named = any(said.get(name) for name in ("components", "groups", "subjects"))
    if "everything" not in said:
        return None
    everything = said["everything"].lower() not in _NO
    if not everything and not named:
        raise RowError(WHICH)
    return everything


def _confirmed(said: Mapping[str, str], state: str) -> bool | None:
    if state in (*_PENDING, *_CONFIRMED):
        return state in _CONFIRMED
    return said["confirmed"].lower() not in _NO if "confirmed" in said else None
