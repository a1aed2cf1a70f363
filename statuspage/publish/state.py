"""`/sequence.json`: what a target says of itself, and the one decision made from it.

A publisher claims its sequence there before it touches another file and marks it whole after the last:
a claim is never lower than the one before, and a target is whole only where nobody was interrupted.
"""

import base64
import binascii
import json
from dataclasses import dataclass, replace

from statuspage.publish.bundle import Bundle
from statuspage.publish.errors import PublishError, Superseded, gettext_noop
from statuspage.render.files import HEARTBEAT
from statuspage.signing import Role, Signer, verify
from statuspage.snapshot import Keys

# Bytes: a hundred times what any publisher writes.
LONGEST = 64_000
ANOTHER_PAGE = gettext_noop("Another page is published here. Choose another place.")


@dataclass(frozen=True, slots=True)
class State:
    """The highest sequence claimed, the last one `whole`, and which release claimed it.

    `settled` is false after a publication that found another one unfinished: a straggler of that one
    may still have written, so the next publication compares everything once more.

    `undo` is the newest release that an undo pack was due for, whether or not it could be kept. `headers`
    stands for all that is said with the files there besides their content ("": nobody knows).

    `by` says who claims it and `signature` (base64) proves it: both "" for a claim that nobody signed.
    Only `claimed_by` may be believed.
    """

    page: str
    sequence: int
    whole: int
    release: str
    settled: bool = True
    undo: int = 0
    headers: str = ""
    by: str = ""
    signature: str = ""

    def encoded(self) -> bytes:
        """The content of the file: the same bytes for the same state."""
        said = {
            "page": self.page,
            "sequence": self.sequence,
            "whole": self.whole,
            "release": self.release,
            "settled": self.settled,
            "undo": self.undo,
            "headers": self.headers,
            "by": self.by,
            "signature": self.signature,
        }
        return (json.dumps(said, indent=1) + "\n").encode()

    def message(self) -> bytes:
        """What the signature is of."""
        return b"statuspage sequence v1\n" + f"{self.page}\n{self.sequence}\n{self.release}\n".encode()

    def signed(self, signer: Signer) -> "State":
        """The same, claimed by `signer`."""
        signature = base64.b64encode(signer.sign(self.message())).decode()
        return replace(self, by=signer.role.value, signature=signature)


def decoded(content: bytes) -> State:
    """The state that a file states; what else it says is left aside. Raises PublishError of another file."""
    try:
        if len(content) > LONGEST:
            raise ValueError("too long")
        said = json.loads(content)
        state = State(
            str(said["page"]),
            int(said["sequence"]),
            int(said["whole"]),
            str(said["release"]),
            said["settled"] is True,
            int(said.get("undo", 0)),
            str(said.get("headers", "")),
            str(said.get("by", "")),
            str(said.get("signature", "")),
        )
    # What no publisher wrote may be nested without end, or hold a number that is infinite.
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise PublishError(
            gettext_noop("The sequence.json there is not ours. Empty this place, or choose another one.")
        ) from error
    return state


def claimed_by(state: State, keys: Keys) -> Role | None:
    """Whose valid signature is on it; None: that of nobody we know."""
    public = {Role.APPLICATION.value: keys.application, Role.EMERGENCY.value: keys.emergency}.get(state.by)
    if not public or "\n" in state.page + state.release:
        return None
    try:
        signature = base64.b64decode(state.signature, validate=True)
        return Role(state.by) if verify(public, state.message(), signature) else None
    except (binascii.Error, ValueError):
        return None


def needs_all(found: State | None, bundle: Bundle) -> bool:
    """Whether the difference from its base is not enough: the target may not hold exactly that base."""
    if bundle.all is None:
        return False
    if found is None or bundle.base_sequence <= 0 or not found.settled:
        return True
    return not found.sequence == found.whole == bundle.base_sequence


def claim(found: State | None, bundle: Bundle) -> State:
    """The claim to write for `bundle` where `found` is.

    Raises Superseded where a higher sequence is, another release of the same, or an emergency's that was
    not taken over; PublishError where another page is.
    """
    release = bundle.release()
    if found is not None:
        _judge(found, bundle, release)
    held = 0 if bundle.all is None or needs_all(found, bundle) else bundle.base_sequence
    settled = found is None or found.sequence == found.whole
    headers = "" if found is None else found.headers
    undo = bundle.sequence if pack_due(found, bundle) else 0 if found is None else found.undo
    claimed = State(bundle.page_id, bundle.sequence, held, release, settled, undo, headers)
    return claimed if bundle.signer is None else claimed.signed(bundle.signer)


def done(claimed: State, bundle: Bundle) -> State:
    """What the target says of itself once all is written: after a partial release no more than before."""
    return claimed if bundle.all is None else replace(claimed, whole=bundle.sequence)


def pack_due(found: State | None, bundle: Bundle) -> bool:
    """Whether `bundle` replaces something there that an undo pack must tell of.

    A release that is tried again has its pack already; what is there now is half of itself.
    """
    if found is None or found.sequence == bundle.sequence:
        return False
    beyond = {*bundle.changed, *bundle.removed} - HEARTBEAT
    return bundle.previous is not None or bool(beyond) or needs_all(found, bundle)


def _judge(found: State, bundle: Bundle, release: str) -> None:
    if found.page != bundle.page_id:
        raise PublishError(ANOTHER_PAGE)
    if found.release == release and found.sequence == bundle.sequence:
        return
    if found.sequence >= bundle.sequence or _keeps_off(found, bundle):
        raise Superseded(found.sequence)


def _keeps_off(found: State, bundle: Bundle) -> bool:
    """Whether the emergency tool was here, and whoever publishes now may not have seen it."""
    ours = bundle.signer is not None and bundle.signer.role is Role.EMERGENCY
    return found.by == Role.EMERGENCY and not ours and found.release != bundle.over
