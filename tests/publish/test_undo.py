"""Undo packs: whatever was published, a target goes back to exactly what it was."""

import io
import shutil
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statuspage.publish import TARGETS, Bundle, Private, PublishError, State, Target, undo
from statuspage.publish.directory import Directory
from tests.faults.proxy import FaultProxy
from tests.publish.make import BEAT, make_bundle, make_files
from tests.publish.places import Bucket, Folder, Place, publish
from tests.publish.s3server import S3Server

Files = Mapping[str, bytes]


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        folder = Folder(tmp_path / "page")
        folder.config["private_path"] = str(tmp_path / "private")
        return folder
    bucket = Bucket(*(request.getfixturevalue(name) for name in ("s3", "bucket", "keys")))
    bucket.config |= {"private_bucket": request.getfixturevalue("private_bucket"), "private_prefix": "p/1"}
    return bucket


def make_target(place: Place) -> Target:
    return TARGETS[place.kind].parse(place.config)


def private_of(target: Target) -> Private:
    assert target.private
    return target.private


def state_of(target: Target) -> State:
    state = target.state()
    assert state
    return state


def with_previous(bundle: Bundle, before: Files, **changes: Any) -> Bundle:
    """The same bundle as the application hands it over: it knows what it changes, if not a heartbeat."""
    paths = {*bundle.changed, *bundle.removed}
    return Bundle(
        page_id=bundle.page_id,
        sequence=bundle.sequence,
        changed=bundle.changed,
        removed=bundle.removed,
        all=bundle.all,
        base_sequence=bundle.base_sequence,
        previous=None if is_beat(bundle) else lambda: {path: before.get(path) for path in paths},
    )


def is_beat(bundle: Bundle) -> bool:
    return set(bundle.changed) <= BEAT and not bundle.removed


def roll_back(target: Target, to: int, sequence: int) -> None:
    """As `manage.py rollback` does."""
    undone = undo.steps_back(private_of(target), state_of(target), to)
    paths = [*undone.changed, *undone.removed]
    before = {path: target.read(path) for path in paths}
    target.publish(Bundle("p1", sequence, undone.changed, undone.removed, None, previous=lambda: before))


PAGES = [{}, {"a": "down"}, {"a": "up", "b": "down"}, {"b": "up"}, {"b": "up"}, {"c": "down"}]
RELEASES = {sequence: make_files(sequence, page) for sequence, page in enumerate(PAGES, 1)}


def publish_all(target: Target) -> None:
    for sequence in RELEASES:
        bundle = make_bundle(RELEASES, sequence, sequence - 1)
        target.publish(with_previous(bundle, RELEASES.get(sequence - 1, {})))


def test_every_release_can_be_had_back(place: Place) -> None:
    target = make_target(place)
    publish_all(target)
    # 5 was but a heartbeat, so that 4 is what it was when 6 replaced it.
    assert undo.sequences(private_of(target), state_of(target)) == [5, 3, 2, 1]
    for sequence, to in enumerate((3, 1, 2, 6), 10):
        roll_back(target, to, sequence)
        expected = RELEASES[to] if to < 6 else RELEASES[6]
        assert place.shown() == expected


def test_a_rollback_can_be_rolled_back(place: Place) -> None:
    target = make_target(place)
    publish_all(target)
    roll_back(target, 2, 10)
    roll_back(target, 6, 11)
    assert place.shown() == RELEASES[6]


def test_the_next_whole_release_puts_everything_right(place: Place) -> None:
    target = make_target(place)
    publish_all(target)
    roll_back(target, 2, 10)
    releases = RELEASES | {11: make_files(11, {"c": "up"})}
    assert target.publish(make_bundle(releases, 11, 6)).resynced
    assert place.shown() == releases[11]


def test_what_a_resync_replaced_can_be_had_back(place: Place) -> None:
    """The application did not know what was there; the target reads it."""
    target = make_target(place)
    target.publish(make_bundle(RELEASES, 3))
    target.publish(with_previous(make_bundle(RELEASES, 6), {}))
    roll_back(target, 3, 7)
    assert place.shown() == RELEASES[3]


def test_who_does_not_say_what_was_there_makes_the_target_read_it(place: Place) -> None:
    target = make_target(place)
    target.publish(make_bundle(RELEASES, 1))
    target.publish(make_bundle(RELEASES, 3, 1))
    changed = {"index.html": b"<title>4", "heartbeat.json": b"4", "incidents/x/index.html": b"new"}
    target.publish(Bundle("p1", 4, changed, {"incidents/a/index.html"}, None))
    roll_back(target, 3, 5)
    assert place.shown() == RELEASES[3]
    roll_back(target, 1, 6)
    assert place.shown() == RELEASES[1]


def test_a_release_that_is_tried_again_keeps_its_first_pack(place: Place) -> None:
    target = make_target(place)
    target.publish(make_bundle(RELEASES, 1))
    for _ in range(2):
        target.publish(with_previous(make_bundle(RELEASES, 2, 1), RELEASES[1]))
    roll_back(target, 1, 7)
    assert place.shown() == RELEASES[1]


def test_the_last_twenty_are_kept(tmp_path: Path) -> None:
    target = Directory(str(tmp_path / "page"), str(tmp_path / "private"))
    releases = {number: make_files(number, {"a": str(number)}) for number in range(1, 27)}
    for number in releases:
        bundle = make_bundle(releases, number, number - 1)
        target.publish(with_previous(bundle, releases.get(number - 1, {})))
    names = private_of(target).names("releases/")
    assert names == [f"releases/{number:012}.zip" for number in range(7, 27)]
    with pytest.raises(PublishError, match="What release 6 replaced is not kept"):
        undo.steps_back(private_of(target), state_of(target), 5)
    roll_back(target, 6, 30)
    assert Folder(tmp_path / "page").shown() == releases[6]


def test_a_missing_pack_is_noticed(tmp_path: Path) -> None:
    target = Directory(str(tmp_path / "page"), str(tmp_path / "private"))
    publish_all(target)
    private_of(target).delete("releases/000000000003.zip")
    with pytest.raises(PublishError, match="What release 3 replaced is not kept"):
        undo.steps_back(private_of(target), state_of(target), 1)
    assert undo.sequences(private_of(target), state_of(target)) == [5, 3]


def test_a_private_place_that_fails_stops_no_publication(tmp_path: Path) -> None:
    target = Directory(str(tmp_path / "page"), str(tmp_path / "private"))
    target.publish(make_bundle(RELEASES, 1))
    (tmp_path / "private").write_text("a file in the way")
    result = target.publish(with_previous(make_bundle(RELEASES, 2, 1), RELEASES[1]))
    assert Folder(tmp_path / "page").shown() == RELEASES[2]
    assert "cannot be rolled back later" in str(result.warnings[0])
    (tmp_path / "private").unlink()
    target.publish(with_previous(make_bundle(RELEASES, 3, 2), RELEASES[2]))
    with pytest.raises(PublishError, match="What release 2 replaced is not kept"):
        undo.steps_back(private_of(target), state_of(target), 1)
    roll_back(target, 2, 9)
    assert Folder(tmp_path / "page").shown() == RELEASES[2]


def test_the_pack_is_there_before_anything_changes(
    s3: S3Server, bucket: str, private_bucket: str, keys: dict[str, str]
) -> None:
    place = Bucket(s3, bucket, keys)
    place.config |= {"private_bucket": private_bucket}
    publish(place, make_bundle(RELEASES, 1))
    with FaultProxy(s3.url) as proxy:
        publish(place, with_previous(make_bundle(RELEASES, 2, 1), RELEASES[1]), endpoint_url=proxy.url)
    writes = [path for method, path in proxy.requests if method == "PUT"]
    assert writes[0] == f"/{private_bucket}/releases/000000000002.zip"
    assert all(path.startswith(f"/{bucket}/") for path in writes[1:])


def packed(*, bomb: bool = False, method: int = 8, flags: int = 0, said: str = "{}") -> bytes:
    """A pack that no publisher made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("pack.json", said)
        if bomb:
            with pack.open("files/x", "w", force_zip64=True) as file:
                for _ in range(undo.LONGEST // 2**24 + 1):
                    file.write(bytes(2**24))
    content = bytearray(buffer.getvalue())
    for head, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        at = content.index(head) + offset
        content[at] |= flags
        content[at + 2] = method
    return bytes(content)


HOSTILE = {
    "empty": b"",
    "cut": b"PK",
    "no zip": b"x" * 100,
    "of another method": packed(method=97),
    "encrypted": packed(flags=1),
    "infinite": packed(said='{"page": "p1", "sequence": Infinity, "replaced": 5, "older": 0, "absent": []}'),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_damaged_pack_is_named(tmp_path: Path, content: bytes) -> None:
    target = Directory(str(tmp_path / "page"), str(tmp_path / "private"))
    publish_all(target)
    private_of(target).put("releases/000000000006.zip", content)
    with pytest.raises(PublishError, match="release 6 is damaged"):
        undo.steps_back(private_of(target), state_of(target), 1)


def test_a_pack_that_unpacks_without_end_is_not_unpacked(tmp_path: Path) -> None:
    target = Directory(str(tmp_path / "page"), str(tmp_path / "private"))
    publish_all(target)
    private_of(target).put("releases/000000000006.zip", packed(bomb=True))
    tracemalloc.start()
    with pytest.raises(PublishError, match="release 6 is damaged"):
        undo.steps_back(private_of(target), state_of(target), 1)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 20_000_000


def test_a_pack_of_another_page_or_that_leads_in_a_circle_is_refused(tmp_path: Path) -> None:
    target = Directory(str(tmp_path / "page"), str(tmp_path / "private"))
    publish_all(target)
    undo.write(private_of(target), undo.Pack("p2", 6, 5, 4, {}))
    with pytest.raises(PublishError, match="another page"):
        undo.steps_back(private_of(target), state_of(target), 1)
    undo.write(private_of(target), undo.Pack("p1", 6, 6, 6, {}))
    with pytest.raises(PublishError, match="damaged"):
        undo.steps_back(private_of(target), state_of(target), 1)


def test_a_pack_writes_nowhere_else(tmp_path: Path) -> None:
    target = Directory(str(tmp_path / "page"), str(tmp_path / "private"))
    publish_all(target)
    undo.write(private_of(target), undo.Pack("p1", 6, 5, 0, {"../x": b""}))
    with pytest.raises(PublishError, match="damaged"):
        undo.steps_back(private_of(target), state_of(target), 5)


def test_the_same_pack_is_the_same_bytes() -> None:
    files = {"a": b"x", "b": None, "c": b"y"}
    backwards = dict(reversed(files.items()))
    assert undo.Pack("p", 2, 1, 0, files).encoded() == undo.Pack("p", 2, 1, 0, backwards).encoded()


PAGE = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["down", "up"]), max_size=3)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    pages=st.lists(PAGE, min_size=2, max_size=7),
    skipped=st.sets(st.integers(2, 7)),
    resynced=st.sets(st.integers(2, 7)),
    data=st.data(),
)
def test_any_history_rolls_back_to_the_byte(
    tmp_path: Path,
    pages: list[dict[str, str]],
    skipped: set[int],
    resynced: set[int],
    data: st.DataObject,
) -> None:
    for folder in tmp_path.iterdir():
        shutil.rmtree(folder)
    target = Directory(str(tmp_path / "page"), str(tmp_path / "private"))
    releases = {sequence: make_files(sequence, page) for sequence, page in enumerate(pages, 1)}
    held = 0
    real: list[int] = []
    seen: dict[int, Files] = {}
    for sequence in sorted(releases.keys() - skipped):
        base = 0 if sequence in resynced else held
        bundle = make_bundle(releases, sequence, base)
        target.publish(with_previous(bundle, releases.get(held, {})))
        if held and not is_beat(bundle):
            real.append(held)
        seen[sequence], held = Folder(tmp_path / "page").shown(), sequence
    reachable = undo.sequences(private_of(target), state_of(target))
    assert len(reachable) == len(real) or resynced
    for sequence, to in enumerate(data.draw(st.permutations(reachable)), 100):
        roll_back(target, to, sequence)
        assert Folder(tmp_path / "page").shown() == seen[to]
