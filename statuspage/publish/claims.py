"""Claims in a store with conditional writes: whoever writes `/sequence.json` over what it found is next.

A claim that was answered by nobody is found again, so it is looked for before it is given up.
"""

from collections.abc import Callable
from dataclasses import dataclass

from statuspage.publish import state
from statuspage.publish.bundle import STATE, Bundle
from statuspage.publish.errors import PublishError, Superseded, gettext_noop
from statuspage.publish.store import Changed, Mark, Store, digest

UNCONDITIONAL = gettext_noop("The store does not know conditional writes and cannot be used.")
_NO_VERSION = '"00000000000000000000000000000000"'


@dataclass(frozen=True, slots=True)
class Claim:
    """What was `found`, what we `said` over it, and the tag of that."""

    found: state.State | None
    said: state.State
    tag: str


def claimed(store: Store, bundle: Bundle, first: Callable[[state.State | None], None]) -> Claim:
    """Our claim, after `first` was called with what it is laid over. Raises Superseded, PublishError."""
    for _ in range(2):
        found, tag = _found(store)
        said = state.claim(found, bundle)
        if found == said and tag is not None:
            return Claim(found, said, tag)
        first(found)
        try:
            return Claim(found, said, _written(store, said, tag))
        except Changed:
            continue
    raise contested()


def insist_on_conditions(store: Store, claim: Claim) -> None:
    """Some stores take a conditional write and ignore the condition: nobody could be kept off there."""
    try:
        _written(store, claim.said, _NO_VERSION)
    except Changed:
        return
    raise PublishError(UNCONDITIONAL)


def conclude(store: Store, claim: Claim, done: state.State) -> None:
    """States the end of a publication. Raises Superseded, PublishError."""
    try:
        _written(store, done, claim.tag)
    except Changed:
        # The request may have been answered by nobody, sent again, and refused for its own success.
        if _found(store)[0] != done:
            _refuse(store, claim)


def insist_on_claim(store: Store, claim: Claim) -> None:
    """Raises Superseded, PublishError where our claim does not stand any more."""
    seen = store.look(STATE)
    if seen is None or seen.tag != claim.tag:
        _refuse(store, claim)


def contested() -> PublishError:
    """Two attempts met somebody else's writes."""
    return PublishError(gettext_noop("Somebody else is writing to this place at the same time."))


def _found(store: Store) -> tuple[state.State | None, str | None]:
    there = store.read(STATE)
    return (None, None) if there is None else (state.decoded(there[0]), there[1])


def _written(store: Store, said: state.State, over: str | None) -> str:
    content = said.encoded()
    return store.write(STATE, content, Mark(said.page, said.sequence, digest(store, STATE, content)), over)


def _refuse(store: Store, claim: Claim) -> None:
    found, _ = _found(store)
    if found is not None and found.sequence > claim.said.sequence:
        raise Superseded(found.sequence)
    raise contested()
