"""Publishing to a store with conditional writes, where several publishers may be at work at once.

A publisher claims its sequence in `sequence.json`, then writes each object only over the very version that
it has looked at and found not newer than its own release: an older publisher never overwrites a newer
one. Leaves go first and the index last, so that it never names a missing file.

A store compares contents, not versions: an object that went from A to B and back to A looks untouched to
a straggler, and one that is deleted and written again as well. So whoever finds a publication
unfinished compares every object, and so does the one after that (`State.settled`).
"""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from statuspage.publish import state
from statuspage.publish.bundle import STATE, Bundle, Result, checked, whole
from statuspage.publish.errors import PublishError, Superseded, gettext_noop
from statuspage.render.files import cache_control, content_type, publish_waves

UNCONDITIONAL = gettext_noop("The store does not know conditional writes and cannot be used.")
_NO_VERSION = '"00000000000000000000000000000000"'
Each = Callable[[Callable[[str], bool], Iterable[str]], Iterable[bool]]


class Changed(Exception):
    """An object is not the version that a conditional request named: nothing was done."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is remembered with an object: whose it is, since which sequence, and the hash of it all."""

    page: str
    sequence: int
    digest: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The version of an object that is there now. `mark` is None on an object that is not ours."""

    tag: str
    mark: Mark | None


class Store(Protocol):
    """Objects by path. Every method raises PublishError; those with a tag, Changed."""

    def read(self, path: str) -> tuple[bytes, str] | None:
        """Content and tag."""

    def look(self, path: str) -> Seen | None:
        """The version that is there."""

    def write(self, path: str, content: bytes, mark: Mark, over: str | None) -> str:
        """Writes over the version of tag `over`, or where nothing is; gives the new tag."""

    def delete(self, path: str, tag: str) -> None:
        """Deletes that version."""

    def listed(self) -> dict[str, str]:
        """The path of every object, with the MD5 of its content where the store says so."""


def publish(store: Store, bundle: Bundle, each: Each) -> Result:
    """Brings the store to the release. `each` is a map, which may work on several paths at once.

    Raises Superseded, PublishError.
    """
    found, claim, tag = _claimed(store, bundle)
    resync = state.needs_all(found, bundle)
    if resync or found is None:
        _insist_on_conditions(store, bundle, claim)
    files = whole(bundle) if resync else bundle.changed
    listed = store.listed() if resync else None
    write = partial(_brought, store, bundle, files, listed)
    waves = [_those(each(write, wave), wave) for wave in publish_waves(checked(files))]
    obsolete = checked(bundle.removed) if listed is None else sorted({*listed} - {*files, STATE})
    if obsolete:
        _still_ours(store, claim, tag)
    removed = _those(each(partial(_deleted, store, bundle), obsolete), obsolete)
    done = state.done(claim, bundle)
    if done != found:
        _stated(store, done, tag)
    return Result(bundle.sequence, tuple(itertools.chain(*waves)), tuple(removed), resync)


def _those(outcomes: Iterable[bool], paths: Iterable[str]) -> list[str]:
    return [path for path, outcome in zip(paths, outcomes, strict=True) if outcome]


def _found(store: Store) -> tuple[state.State | None, str | None]:
    there = store.read(STATE)
    return (None, None) if there is None else (state.decoded(there[0]), there[1])


def _claimed(store: Store, bundle: Bundle) -> tuple[state.State | None, state.State, str]:
    """What was found, and our claim with its tag. Raises Superseded."""
    for _ in range(2):
        found, tag = _found(store)
        claim = state.claim(found, bundle)
        if found == claim and tag is not None:
            return found, claim, tag
        content = claim.encoded()
        try:
            return found, claim, store.write(STATE, content, _mark(bundle, STATE, content), tag)
        except Changed:
            continue
    raise _contested()


def _insist_on_conditions(store: Store, bundle: Bundle, claim: state.State) -> None:
    """Some stores take a conditional write and ignore the condition: nobody could be kept off there."""
    content = claim.encoded()
    try:
        store.write(STATE, content, _mark(bundle, STATE, content), _NO_VERSION)
    except Changed:
        return
    raise PublishError(UNCONDITIONAL)


def _stated(store: Store, done: state.State, tag: str) -> None:
    content = done.encoded()
    try:
        store.write(STATE, content, Mark(done.page, done.sequence, _digest(STATE, content)), tag)
    except Changed:
        # The request may have been answered by nobody, sent again, and refused for its own success.
        if _found(store)[0] != done:
            _refuse(store, done)


def _still_ours(store: Store, claim: state.State, tag: str) -> None:
    seen = store.look(STATE)
    if seen is None or seen.tag != tag:
        _refuse(store, claim)


def _refuse(store: Store, claim: state.State) -> None:
    found, _ = _found(store)
    if found is not None and found.sequence > claim.sequence:
        raise Superseded(found.sequence)
    raise _contested()


def _brought(
    store: Store, bundle: Bundle, files: Mapping[str, bytes], listed: Mapping[str, str] | None, path: str
) -> bool:
    """Makes one object what it is in the release; False where it was already."""
    content = files[path]
    if listed is not None and listed.get(path) == hashlib.md5(content, usedforsecurity=False).hexdigest():
        return False
    mark = _mark(bundle, path, content)
    known_missing = listed is not None and path not in listed
    for look in (_nothing if known_missing else store.look, store.look):
        seen = look(path)
        if seen is not None and _judged(seen, bundle).digest == mark.digest:
            return False
        try:
            store.write(path, content, mark, seen.tag if seen else None)
        except Changed:
            continue
        return True
    raise _contested()


def _nothing(path: str) -> Seen | None:
    return None


def _deleted(store: Store, bundle: Bundle, path: str) -> bool:
    """Deletes one object of ours; what somebody else put there stays."""
    seen = store.look(path)
    if seen is None or seen.mark is None or seen.mark.page != bundle.page_id:
        return False
    _judged(seen, bundle)
    try:
        store.delete(path, seen.tag)
    except Changed:
        return False
    return True


def _judged(seen: Seen, bundle: Bundle) -> Mark:
    """The mark of an object that may be overwritten. Raises Superseded, PublishError."""
    mark = seen.mark or Mark(bundle.page_id, 0, "")
    if mark.page != bundle.page_id:
        raise PublishError(state.ANOTHER_PAGE)
    if mark.sequence > bundle.sequence:
        raise Superseded(mark.sequence)
    return mark


def _mark(bundle: Bundle, path: str, content: bytes) -> Mark:
    return Mark(bundle.page_id, bundle.sequence, _digest(path, content))


def _digest(path: str, content: bytes) -> str:
    """The hash of content and headers."""
    head = f"{content_type(path)}\n{cache_control(path)}\n".encode()
    return hashlib.sha256(head + content).hexdigest()


def _contested() -> PublishError:
    return PublishError(gettext_noop("Somebody else is writing to this place at the same time."))
