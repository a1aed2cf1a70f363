"""The people and programs to tell: the list that the application left, opened with the vault's identity.

Only a list that the application signed is used; an older copy is kept, still encrypted, for a day when no
target can be read.
"""

import base64
import binascii
import hashlib
import json
import re
import zlib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
from django.utils.translation import gettext as _

from statuspage.emergency import places, together
from statuspage.emergency.account import SUBSCRIBERS, list_message
from statuspage.emergency.desk import Desk
from statuspage.emergency.kit import Prepared
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Place, Vault
from statuspage.publish import ConfigError, PublishError
from statuspage.signing import verify

NAME = "subscribers.age"
# Bytes, unpacked: more than a million subscribers.
LONGEST = 500_000_000
# Of `kinds`: outages and maintenance; else the value is how the subjects of these begin.
ALL = "all"
_LINK = re.compile(r"https?://[!#-;=?-~]+")


@dataclass(frozen=True, slots=True)
class Reader:
    """One subscriber. `secret` signs what a webhook gets, `previous_secret` as well while it is good.

    `components` are those of chosen groups, too; `unsubscribe` and `manage` are absolute addresses.
    """

    id: str
    channel: str
    address: str = field(repr=False)
    language: str
    secret: str = field(repr=False)
    everything: bool
    components: frozenset[str]
    unsubscribe: str = field(repr=False)
    # What a list from before these could be chosen does not say.
    kinds: str = ALL
    subjects: frozenset[str] = frozenset()
    time_zone: str = ""
    format: str = ""
    previous_secret: str = field(default="", repr=False)
    manage: str = field(default="", repr=False)

    def follows(self, subject: str, components: frozenset[str]) -> bool:
        """Whether they want to hear of a subject ("incident:…") that concerns these components (ids)."""
        if subject in self.subjects:
            return True
        wanted = self.kinds in (ALL, subject.partition(":")[0])
        return wanted and (self.everything or not self.components.isdisjoint(components))


@dataclass(frozen=True, slots=True)
class Listed:
    """The list as of `exported_at`, where it was, and what staff prepared."""

    readers: tuple[Reader, ...]
    exported_at: datetime
    where: str
    prepared: Prepared = field(default_factory=Prepared)


def add(parser: ArgumentParser) -> None:
    """The options of whoever needs the list."""
    parser.add_argument("--list", metavar="FILE", help=_("a copy of subscribers.age"))
    parser.add_argument(
        "--trust-list", action="store_true", help=_("use the list although its signature is missing or wrong")
    )


def read(given: Namespace, desk: Desk) -> Listed:
    """The newest list of all places that can be read. Raises Trouble."""
    vault = desk.vault
    if given.list:
        return opened(vault, _file(Path(given.list)), given.list, trust=given.trust_list)
    found: list[tuple[Listed, bytes]] = []
    troubles: list[str] = []
    for where, content in _everywhere(vault, desk.folder.work / NAME, troubles, given.patience):
        try:
            found.append((opened(vault, content, where, trust=given.trust_list), content))
        except Trouble as trouble:
            troubles.append(trouble.sentence)
    if not found:
        raise Trouble(
            _("There is no list of subscribers.")
            + "".join(f"\n  {each}" for each in dict.fromkeys(troubles)),
            _("If you have a copy of subscribers.age anywhere, give it with --list FILE."),
        )
    newest, content = max(found, key=lambda each: each[0].exported_at)
    _keep(desk.folder.work / NAME, content)
    return newest


def _everywhere(
    vault: Vault, kept: Path, troubles: list[str], patience: int | None
) -> Iterator[tuple[str, bytes]]:
    answers = together.each(
        _from_place,
        vault.targets,
        seconds=patience or places.SECONDS,
        late=lambda _place: places.slow(patience),
    )
    for place, answer in zip(vault.targets, answers, strict=True):
        if isinstance(answer, str):
            troubles.append(f"{place.name}: {answer}")
        else:
            yield place.name, answer
    if kept.exists():
        yield str(kept), _file(kept)


def _from_place(place: Place) -> bytes | str:
    """The list there, or why there is none."""
    try:
        private = place.target().private
        content = private.get(SUBSCRIBERS) if private else None
    except (PublishError, ConfigError) as error:
        return error.told(_)
    return _("no list is there") if content is None else content


def opened(vault: Vault, content: bytes, where: str, *, trust: bool = False) -> Listed:
    """The list of a file. Raises Trouble for one that is not for us, not ours, or damaged."""
    try:
        packed = pyrage.decrypt(content, [vault.identity])
        unpacking = zlib.decompressobj(wbits=31)
        plain = unpacking.decompress(packed, LONGEST)
        document, signature = plain.rsplit(b"\n", 1)
        del plain
        # Before anything of it is read: whoever can write there can encrypt to us.
        if not trust and not _is_signed(vault.application_key, document, signature):
            raise Trouble(
                _("%(where)s: the list is not signed by the application (--trust-list uses it all the same)")
                % {"where": where}
            )
        said = json.loads(document)
        if said["page"] != vault.page_id:
            raise Trouble(_("%(where)s: the list is another page’s") % {"where": where})
        readers = tuple(_reader(each) for each in said["subscribers"])
        return Listed(readers, datetime.fromisoformat(said["exported_at"]), where, Prepared.read(said))
    except (pyrage.DecryptError, zlib.error, ValueError, KeyError, TypeError, RecursionError):
        sentence = _("%(where)s: the list cannot be opened with the key of this folder, or is damaged")
        raise Trouble(sentence % {"where": where}) from None


def _is_signed(key: str, document: bytes, signature: bytes) -> bool:
    try:
        given = base64.b64decode(signature, validate=True)
    except binascii.Error:
        return False
    return bool(key) and verify(key, list_message(hashlib.sha256(document)), given)


def _reader(said: Mapping[str, Any]) -> Reader:
    unsubscribe, manage = str(said["unsubscribe"]), str(said.get("manage", ""))
    if not _LINK.fullmatch(unsubscribe) or (manage and not _LINK.fullmatch(manage)):
        raise ValueError("no link")
    return Reader(
        id=str(said["id"]),
        channel=str(said["channel"]),
        address=str(said["address"]),
        language=str(said["language"]),
        secret=str(said["secret"]),
        everything=said["everything"] is True,
        components=frozenset(map(str, said["components"])),
        unsubscribe=unsubscribe,
        kinds=str(said.get("kinds", ALL)),
        subjects=frozenset(map(str, said.get("subjects", ()))),
        time_zone=str(said.get("time_zone", "")),
        format=str(said.get("format", "")),
        previous_secret=_previous(said),
        manage=manage,
    )


def _previous(said: Mapping[str, Any]) -> str:
    """The secret before, unless its time is over."""
    until = said.get("previous_until")
    good = until is not None and datetime.fromisoformat(until) > datetime.now(UTC)
    return str(said.get("previous_secret", "")) if good else ""


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Trouble(
            _("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error


def _keep(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError:
        # It is a convenience for later: what is at stake now goes on.
        partial.unlink(missing_ok=True)
