"""What a target says of itself: whose claim it is, and what nobody may be made to believe."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from statuspage.publish import TARGETS, Bundle, PublishError, Superseded, claimed_by
from statuspage.publish.state import State, decoded
from statuspage.signing import Role, Signer
from statuspage.snapshot import Keys
from tests.publish.make import make_bundle, make_files, make_signer
from tests.publish.places import Bucket, Folder, Place

APPLICATION = make_signer(Role.APPLICATION)
EMERGENCY = make_signer(Role.EMERGENCY)
STRANGER = make_signer(Role.EMERGENCY, b"stranger")
KEYS = Keys(APPLICATION.public, EMERGENCY.public)
CLAIM = State("p1", 7, 7, "a" * 64)
RELEASES = {1: make_files(1), 2: make_files(2)}


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return Folder(tmp_path / "page")
    return Bucket(*(request.getfixturevalue(name) for name in ("s3", "bucket", "keys")))


def put_state(place: Place, content: bytes) -> None:
    """As somebody does who may write there but holds no key of ours."""
    if isinstance(place, Folder):
        (place.path / "sequence.json").write_bytes(content)
    else:
        assert isinstance(place, Bucket)
        place.client.put_object(Bucket=place.bucket, Key="sequence.json", Body=content)


@pytest.mark.parametrize("signer", [APPLICATION, EMERGENCY])
def test_a_claim_says_whose_it_is(signer: Signer) -> None:
    said = decoded(CLAIM.signed(signer).encoded())
    assert said.by == signer.role.value
    assert claimed_by(said, KEYS) is signer.role


SIGNED = CLAIM.signed(APPLICATION)
FORGED = {
    "nobody signed it": CLAIM,
    "a stranger signed it": CLAIM.signed(STRANGER),
    "a higher sequence under an old signature": replace(SIGNED, sequence=8),
    "another page": replace(SIGNED, page="p2"),
    "another release": replace(SIGNED, release="b" * 64),
    "the application's key in the name of the emergency": replace(SIGNED, by="emergency"),
    "in nobody's name": replace(SIGNED, by=""),
    "in a name that is none": replace(SIGNED, by="root"),
    "no base64": replace(SIGNED, signature="?"),
    "letters beyond ASCII": replace(SIGNED, signature="é"),
    "cut": replace(SIGNED, signature=SIGNED.signature[:40]),
    "half a letter": replace(SIGNED, page="\ud800"),
    "lines that move": State("p1\n7", 7, 7, "a" * 64).signed(APPLICATION),
}


@pytest.mark.parametrize("said", FORGED.values(), ids=FORGED.keys())
def test_a_forged_claim_is_nobodys(said: State) -> None:
    assert claimed_by(said, KEYS) is None


def test_no_key_claims_nothing() -> None:
    assert claimed_by(CLAIM.signed(EMERGENCY), Keys(APPLICATION.public)) is None
    assert claimed_by(SIGNED, Keys()) is None


def test_what_a_target_says_without_a_signature_is_still_read() -> None:
    old = {"page": "p1", "sequence": 4, "whole": 4, "release": "x", "settled": True}
    said = decoded(json.dumps(old).encode())
    assert (said.sequence, said.by, said.signature) == (4, "", "")
    assert claimed_by(said, KEYS) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'"x"',
        b"{}",
        # Whoever writes there may write much.
        b'{"page": "p1", "sequence": 4, "whole": 4, "release": "x", "settled": true, "x": "%s"}'
        % (b"x" * 64_000),
        b"\xff",
        b"[" * 100_000,
        b'{"page": "p1", "sequence": 1e999, "whole": 1, "release": "", "settled": true}',
        b'{"page": "p1", "sequence": "x", "whole": 1, "release": "", "settled": true}',
        b'{"page": "p1", "sequence": %s, "whole": 1, "release": "", "settled": true}' % (b"9" * 5000),
    ],
)
def test_what_is_no_claim_is_named(content: bytes) -> None:
    with pytest.raises(PublishError, match=r"sequence\.json"):
        decoded(content)


def test_a_target_says_who_published_to_it(place: Place) -> None:
    target = TARGETS[place.kind].parse(place.config)
    assert target.state() is None
    target.publish(replace(make_bundle(RELEASES, 1), signer=APPLICATION))
    said = target.state()
    assert said
    assert (said.page, said.sequence, said.whole, said.settled) == ("p1", 1, 1, True)
    assert claimed_by(said, KEYS) is Role.APPLICATION
    target.publish(replace(make_bundle(RELEASES, 2, 1), all=None, signer=EMERGENCY))
    said = target.state()
    assert said
    assert claimed_by(said, KEYS) is Role.EMERGENCY
    assert (said.sequence, said.whole) == (2, 0)


def test_a_forged_higher_sequence_is_refused_and_told(place: Place) -> None:
    target = TARGETS[place.kind].parse(place.config)
    target.publish(replace(make_bundle(RELEASES, 1), signer=APPLICATION))
    said = target.state()
    assert said
    put_state(place, replace(said, sequence=10**9).encoded())
    with pytest.raises(Superseded) as refused:
        target.publish(replace(make_bundle(RELEASES, 2, 1), signer=APPLICATION))
    assert refused.value.sequence == 10**9
    assert place.shown() == RELEASES[1]
    forged = target.state()
    assert forged
    assert claimed_by(forged, KEYS) is None


def test_one_public_file_is_read_from_the_store_itself(place: Place) -> None:
    target = TARGETS[place.kind].parse(place.config)
    assert target.read("status.json") is None
    target.publish(make_bundle(RELEASES, 1))
    assert target.read("status.json") == RELEASES[1]["status.json"]
    assert target.read("incidents/x/index.html") is None
    assert target.read("index.html/x") is None
    for path in ("../secret", "/etc/passwd", "sequence.json"):
        with pytest.raises(ValueError, match="no path"):
            target.read(path)


def test_a_partial_release_touches_nothing_else(place: Place) -> None:
    target = TARGETS[place.kind].parse(place.config)
    releases = {1: make_files(1, {"a": "down", "b": "down"}), 3: make_files(3, {"a": "up"})}
    target.publish(make_bundle(releases, 1))
    post = {"status.json": b"posted", "index.html": b"<title>2", "heartbeat.json": b"2"}
    result = target.publish(Bundle("p1", 2, post, {"incidents/b/index.html"}, None, signer=EMERGENCY))
    assert (result.sequence, result.resynced) == (2, False)
    gone = releases[1] | post
    del gone["incidents/b/index.html"]
    assert place.shown() == gone
    # Though it says that it holds the very base: it was not left whole.
    said = target.state()
    assert said
    whole = replace(make_bundle(releases, 3, 1), base_sequence=2, over=said.release)
    assert target.publish(whole).resynced
    assert place.shown() == releases[3]


def test_what_an_emergency_posted_is_overwritten_only_by_who_took_it_over(place: Place) -> None:
    """Though the sequence is higher: its publisher may have made releases all the while, and seen nothing."""
    target = TARGETS[place.kind].parse(place.config)
    target.publish(replace(make_bundle(RELEASES, 1), signer=APPLICATION))
    target.publish(Bundle("p1", 2, {"status.json": b"posted"}, (), None, signer=EMERGENCY))
    said = target.state()
    assert said
    later = replace(make_bundle({1: RELEASES[1], 9: make_files(9)}, 9, 1), signer=APPLICATION)
    for over in ("", "0" * 64):
        with pytest.raises(Superseded) as refused:
            target.publish(replace(later, over=over))
        assert refused.value.sequence == 2
    assert target.read("status.json") == b"posted"
    target.publish(replace(later, over=said.release))
    assert place.shown() == make_files(9)


def test_another_partial_release_of_the_same_sequence_is_refused(place: Place) -> None:
    target = TARGETS[place.kind].parse(place.config)
    target.publish(make_bundle(RELEASES, 1))
    first = Bundle("p1", 2, {"status.json": b"one"}, (), None)
    target.publish(first)
    target.publish(first)
    with pytest.raises(Superseded):
        target.publish(replace(first, changed={"status.json": b"other"}))
    assert target.read("status.json") == b"one"


def test_a_signature_needs_no_more_than_openssl_has() -> None:
    """The message and the encoding are what docs and others rely on."""
    said = CLAIM.signed(APPLICATION)
    message = b"statuspage sequence v1\np1\n7\n" + b"a" * 64 + b"\n"
    assert APPLICATION.sign(message) == base64.b64decode(said.signature)
