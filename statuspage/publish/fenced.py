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
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from statuspage.publish import claims, state, undo
from statuspage.publish.bundle import STATE, Bundle, Result, checked, publishable, whole
from statuspage.publish.errors import PublishError, Superseded
from statuspage.publish.private import Private
from statuspage.publish.store import Changed, Each, Mark, Seen, Store, digest
from statuspage.render.files import every_kind, publish_waves


@dataclass(frozen=True, slots=True)
class _Aim:
    """What to bring the store to: its files, and what it is known to hold (None: not listed).

    `trusted` says that an object of the right content is right: that its headers are.
    """

    bundle: Bundle
    files: Mapping[str, bytes]
    listed: Mapping[str, str] | None
    trusted: bool = True


def publish(store: Store, bundle: Bundle, each: Each, private: Private | None = None) -> Result:
    """Brings the store to the release. Raises Superseded, PublishError."""
    warnings: list[PublishError] = []
    claim = claims.claimed(
        store, bundle, lambda found: warnings.extend(_kept(store, bundle, each, private, found))
    )
    headers = _headers(store)
    trusted = claim.found is None or claim.found.headers in ("", headers)
    resync = state.needs_all(claim.found, bundle) or not (trusted or bundle.all is None)
    if resync or claim.found is None:
        claims.insist_on_conditions(store, claim)
    files = whole(bundle) if resync else bundle.changed
    aim = _Aim(bundle, files, store.listed() if resync else None, trusted)
    waves = [
        _those(each(partial(_brought, store, aim), wave), wave) for wave in publish_waves(checked(files))
    ]
    obsolete = checked(bundle.removed) if aim.listed is None else sorted({*aim.listed} - {*files, STATE})
    if obsolete:
        claims.insist_on_claim(store, claim)
    removed = _those(each(partial(_deleted, store, bundle), obsolete), obsolete)
    done = replace(
        state.done(claim.said, bundle), headers=headers if trusted or resync else claim.said.headers
    )
    if done != claim.found:
        claims.conclude(store, claim, done)
    written = tuple(itertools.chain(*waves))
    return Result(bundle.sequence, written, tuple(removed), resync, tuple(warnings))


def _kept(
    store: Store, bundle: Bundle, each: Each, private: Private | None, found: state.State | None
) -> tuple[PublishError, ...]:
    def before() -> undo.Files:
        if state.needs_all(found, bundle):
            return _held_otherwise(store, bundle, each)
        if bundle.previous is not None:
            return bundle.previous()
        return _held(store, each, sorted({*bundle.changed, *bundle.removed}))

    return undo.keep(private, bundle, found, before)


def _held(store: Store, each: Each, paths: Collection[str]) -> undo.Files:
    """What the store holds at some paths."""
    read = zip(paths, each(store.read, paths), strict=True)
    return {path: found[0] if found else None for path, found in read}


def _held_otherwise(store: Store, bundle: Bundle, each: Each) -> undo.Files:
    """What the store holds of all that a resync changes, which only it knows."""
    files, listed = whole(bundle), store.listed()
    changes = partial(_changes, store, _Aim(bundle, files, listed))
    present = sorted(path for path in listed.keys() - {STATE} if publishable(path))
    changing = _those(each(changes, present), present)
    absent = dict.fromkeys(path for path in files if path not in listed)
    return {**absent, **_held(store, each, changing)}


def _changes(store: Store, aim: _Aim, path: str) -> bool:
    """Whether an object that is there will be another, or gone."""
    content = aim.files.get(path)
    if content is not None and aim.listed and aim.listed.get(path) == _md5(content):
        return False
    seen = store.look(path)
    mark = seen.mark if seen else None
    if content is None:
        return mark is not None and mark.page == aim.bundle.page_id
    return mark is None or mark.digest != digest(store, path, content)


def _headers(store: Store) -> str:
    """Stands for all that is said with files besides their content: another value, other headers."""
    return hashlib.sha256("".join(map(store.headers, every_kind())).encode()).hexdigest()


def _those(outcomes: Iterable[bool], paths: Iterable[str]) -> list[str]:
    return [path for path, outcome in zip(paths, outcomes, strict=True) if outcome]


def _brought(store: Store, aim: _Aim, path: str) -> bool:
    """Makes one object what it is in the release; False where it was already."""
    content, listed = aim.files[path], aim.listed
    if aim.trusted and listed is not None and listed.get(path) == _md5(content):
        return False
    mark = Mark(aim.bundle.page_id, aim.bundle.sequence, digest(store, path, content))
    known_missing = listed is not None and path not in listed
    for look in (_nothing if known_missing else store.look, store.look):
        seen = look(path)
        if seen is not None and _judged(seen, aim.bundle).digest == mark.digest:
            return False
        try:
            store.write(path, content, mark, seen.tag if seen else None)
        except Changed:
            continue
        return True
    raise claims.contested()


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


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
