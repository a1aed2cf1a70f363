"""The directory target on a real file system."""

import gzip
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import brotli
import pytest

from statuspage.publish import TARGETS, Bundle, ConfigError, PublishError, Result, Superseded
from statuspage.publish.directory import Directory
from statuspage.publish.lock import STAGING
from tests.publish.make import BEAT, Releases, make_bundle, make_files
from tests.publish.places import Folder


def shown(folder: Path) -> Mapping[str, bytes]:
    return Folder(folder).shown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "www" / "page"


RELEASES = {
    1: make_files(1),
    2: make_files(2, {"a": "down"}),
    3: make_files(3, {"a": "down", "b": "slow"}),
    4: make_files(4, {"b": "slow"}),
    5: make_files(5, {"b": "slow"}),
}


def publish(folder: Path, sequence: int, base: int = 0, releases: Releases = RELEASES) -> Result:
    return Directory(str(folder)).publish(make_bundle(releases, sequence, base))


def test_a_new_folder_holds_the_whole_release(folder: Path) -> None:
    result = publish(folder, 3)
    assert shown(folder) == RELEASES[3]
    assert result.resynced
    state = json.loads((folder / "sequence.json").read_text())
    assert (state["page"], state["sequence"], state["whole"]) == ("p1", 3, 3)


def test_each_step_leaves_exactly_its_release(folder: Path) -> None:
    for sequence in RELEASES:
        publish(folder, sequence, sequence - 1)
        assert shown(folder) == RELEASES[sequence]


def test_compressed_forms_lie_beside_and_say_the_same(folder: Path) -> None:
    publish(folder, 3)
    page = folder / "incidents/a/index.html"
    assert gzip.decompress(Path(f"{page}.gz").read_bytes()) == page.read_bytes()
    assert brotli.decompress(Path(f"{page}.br").read_bytes()) == page.read_bytes()


def test_any_user_may_read_what_is_published_and_nothing_else(folder: Path) -> None:
    old = os.umask(0o077)
    try:
        publish(folder, 3)
    finally:
        os.umask(old)
    for path in folder.rglob("*"):
        if STAGING not in path.parts:
            assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (folder / STAGING).stat().st_mode & 0o777 == 0o700
    assert os.listdir(folder / STAGING) == ["lock"]


def test_nothing_but_the_heartbeat_set_is_written_when_nothing_else_changed(folder: Path) -> None:
    publish(folder, 4)
    before = {path: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}
    result = publish(folder, 5, 4)
    rewritten = {p.relative_to(folder).as_posix() for p, inode in before.items() if p.stat().st_ino != inode}
    plain = {name for name in rewritten if not name.endswith((".br", ".gz"))}
    assert plain == BEAT | {"sequence.json"}
    assert not result.resynced
    assert {name for name in result.written if not name.endswith((".br", ".gz"))} == BEAT


def test_the_same_release_again_writes_nothing(folder: Path) -> None:
    publish(folder, 4)
    result = publish(folder, 4, 4)
    assert (result.written, result.removed) == ((), ())


def test_files_that_are_gone_are_removed_with_their_empty_folders(folder: Path) -> None:
    publish(folder, 3)
    result = publish(folder, 4, 3)
    assert not result.resynced
    assert not (folder / "incidents/a").exists()
    assert (folder / "incidents/b/index.html").exists()


def test_a_lower_sequence_is_refused_and_changes_nothing(folder: Path) -> None:
    publish(folder, 3)
    with pytest.raises(Superseded) as refused:
        publish(folder, 2, 1)
    assert refused.value.sequence == 3
    assert shown(folder) == RELEASES[3]


def test_another_release_of_the_same_sequence_is_refused(folder: Path) -> None:
    publish(folder, 3)
    with pytest.raises(Superseded) as refused:
        publish(folder, 3, 0, {3: make_files(3, fork="restored")})
    assert refused.value.sequence == 3
    assert shown(folder) == RELEASES[3]


def test_what_another_publisher_left_is_healed_at_a_higher_sequence(folder: Path) -> None:
    publish(folder, 3)
    publish(folder, 4, 0, {4: make_files(4, {"emergency": "posted by hand"})})
    result = publish(folder, 5, 3)
    assert result.resynced
    assert shown(folder) == RELEASES[5]


def test_an_emptied_folder_gets_everything_again(folder: Path) -> None:
    publish(folder, 3)
    subprocess.run(f"rm -rf {folder}/*", shell=True, check=True)
    assert publish(folder, 4, 3).resynced
    assert shown(folder) == RELEASES[4]


def test_a_removed_folder_gets_everything_again(folder: Path) -> None:
    publish(folder, 3)
    subprocess.run(["rm", "-rf", folder], check=True)
    publish(folder, 4, 3)
    assert shown(folder) == RELEASES[4]


def test_a_folder_of_something_else_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("only copy")
    with pytest.raises(PublishError, match="did not publish"):
        publish(folder, 1)
    assert shown(folder) == {"thesis.txt": b"only copy"}


def test_another_page_is_left_alone(folder: Path) -> None:
    publish(folder, 3)
    with pytest.raises(PublishError, match="Another page"):
        Directory(str(folder)).publish(make_bundle(RELEASES, 5, page="p2"))
    assert shown(folder) == RELEASES[3]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"page": 1, "sequence": "x"}', b"\xff"])
def test_a_sequence_file_of_something_else_is_left_alone(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "sequence.json").write_bytes(content)
    with pytest.raises(PublishError, match=r"sequence\.json"):
        publish(folder, 3)


def test_hidden_entries_of_the_administrator_stay(folder: Path) -> None:
    (folder / ".well-known").mkdir(parents=True)
    (folder / ".well-known/challenge").write_text("x")
    (folder / ".htaccess").write_text("x")
    publish(folder, 3)
    publish(folder, 4, 0)
    assert (folder / ".well-known/challenge").exists()
    assert (folder / ".htaccess").exists()


def test_well_known_files_come_and_go_beside_those_of_others(folder: Path) -> None:
    key, contact = ".well-known/statuspage-emergency-key.pem", ".well-known/security.txt"
    releases = {1: {**RELEASES[1], key: b"key", contact: b"Contact"}, 2: {**RELEASES[2], contact: b"Contact"}}
    (folder / ".well-known/acme-challenge").mkdir(parents=True)
    (folder / ".well-known/acme-challenge/proof").write_text("x")
    publish(folder, 1, releases=releases)
    assert (folder / key).read_bytes() == b"key"
    publish(folder, 2, 0, releases)
    assert not (folder / key).exists()
    assert sorted(path.name for path in (folder / ".well-known").iterdir()) == [
        "acme-challenge",
        *sorted(("security.txt", "security.txt.br", "security.txt.gz")),
    ]
    assert (folder / ".well-known/acme-challenge/proof").exists()


def test_symbolic_links_are_never_followed_out(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "a").mkdir(parents=True)
    (outside / "a/index.html").write_text("precious")
    (outside / "page.html").write_text("precious")
    publish(folder, 1)
    (folder / "incidents").symlink_to(outside)
    (folder / "more").symlink_to(outside)
    (folder / "404.html").unlink()
    (folder / "404.html").symlink_to(outside / "page.html")
    publish(folder, 3, 0)
    assert shown(folder) == RELEASES[3]
    assert not (folder / "more").is_symlink()
    assert (outside / "a/index.html").read_text() == "precious"
    assert (outside / "page.html").read_text() == "precious"


def test_removal_follows_no_link_either(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "a").mkdir(parents=True)
    (outside / "a/index.html").write_text("precious")
    publish(folder, 3)
    subprocess.run(["rm", "-rf", folder / "incidents"], check=True)
    (folder / "incidents").symlink_to(outside)
    publish(folder, 4, 3)
    assert (outside / "a/index.html").read_text() == "precious"


def test_a_pipe_in_the_way_blocks_nothing(folder: Path) -> None:
    publish(folder, 3)
    (folder / "404.html").unlink()
    os.mkfifo(folder / "404.html")
    publish(folder, 4, 0)
    assert shown(folder) == RELEASES[4]


def test_an_empty_folder_in_the_way_gives_way(folder: Path) -> None:
    publish(folder, 1)
    (folder / "404.html").unlink()
    (folder / "404.html").mkdir()
    publish(folder, 4, 0)
    assert shown(folder) == RELEASES[4]


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/./b", "", "a\0b", "sequence.json", "a\nb"])
def test_a_path_that_leaves_the_folder_is_a_bug(folder: Path, path: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        publish(folder, 1, 0, {1: make_files(1) | {path: b"x"}})


def test_a_release_without_an_index_empties_nothing(folder: Path) -> None:
    publish(folder, 3)
    with pytest.raises(ValueError, match="index"):
        Directory(str(folder)).publish(Bundle("p1", 4, {}, (), dict))
    assert shown(folder) == RELEASES[3]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "path"),
        ({"path": "relative/page"}, "path"),
        ({"path": "/"}, "path"),
        ({"path": "//"}, "path"),
        ({"path": "/srv/../.."}, "path"),
        ({"path": "/srv/\0x"}, "path"),
        ({"path": 7}, "path"),
        ({"path": "/srv/x", "bucket": "y"}, "bucket"),
    ],
)
def test_a_bad_configuration_is_named(config: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigError) as refused:
        TARGETS["directory"].parse(config)
    assert refused.value.field == field


def test_a_path_is_tidied() -> None:
    assert Directory.parse({"path": "/srv/status/../page/"}) == Directory("/srv/page")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = tmp_path / "disk"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", mount], capture_output=True)
    if made.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield mount
    subprocess.run(["umount", mount], check=True)


def test_a_full_disk_tears_nothing_and_heals_by_itself(small_disk: Path) -> None:
    folder = small_disk / "page"
    publish(folder, 1)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    big = {2: make_files(2) | {"big.json": os.urandom(600_000)}, 3: make_files(3, {"a": "down"})}
    with pytest.raises(PublishError, match=r"disk of .* is full"):
        publish(folder, 2, 1, RELEASES | big)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    publish(folder, 3, 1, RELEASES | big)
    assert shown(folder) == big[3]


def test_a_read_only_disk_is_named(small_disk: Path) -> None:
    folder = small_disk / "page"
    publish(folder, 1)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(PublishError, match="read-only"):
        publish(folder, 2, 1)


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PublishError, match="cannot be written"):
        publish(tmp_path / "file", 1)
