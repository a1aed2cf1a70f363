"""F6: a disk that is full while a folder is published. Nothing is torn, and it recovers by itself.

Anybody may lower the size that their own files may have; who may mount gets a small disk as well.
"""

import os
import resource
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from statuspage.publish import PublishError
from statuspage.publish.directory import Directory
from tests.publish.customer import read_all_the_while
from tests.publish.make import links, make_bundle, make_files
from tests.publish.places import Folder

NOISE = {name: os.urandom(size).hex() for name, size in (("a", 4_000), ("b", 9_000), ("c", 20_000))}
RELEASES = {1: make_files(1, {"a": "down"}), 2: make_files(2, NOISE), 3: make_files(3, {"a": "up"} | NOISE)}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def everything(folder: Path) -> Mapping[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("size", [0, 100, 500, 2_000, 5_000, 10_000, 20_000, 39_000])
def test_nothing_is_torn_and_the_next_publication_heals(tmp_path: Path, size: int) -> None:
    place = Folder(tmp_path / "page")
    target = Directory(str(place.path))
    target.publish(make_bundle(RELEASES, 1))
    before = everything(place.path)
    with read_all_the_while(place) as customer:
        for _ in range(3):
            with files_of_at_most(size), pytest.raises(PublishError, match=r"The disk of .*/page is full"):
                target.publish(make_bundle(RELEASES, 2, 1))
            assert everything(place.path) == before
        target.publish(make_bundle(RELEASES, 3, 1))
    assert customer.wrong == []
    assert place.shown() == RELEASES[3]
    assert os.listdir(place.path / ".publishing") == ["lock"]


def test_a_private_place_without_room_costs_no_more_than_the_way_back(tmp_path: Path) -> None:
    place = Folder(tmp_path / "page")
    target = Directory(str(place.path), str(tmp_path / "private"))
    target.publish(make_bundle(RELEASES, 1))
    big = replace(make_bundle(RELEASES, 2, 1), previous=lambda: {"a.json": os.urandom(300_000)})
    with files_of_at_most(100_000):
        result = target.publish(big)
    assert "The disk of" in str(result.warnings[0])
    assert place.shown() == RELEASES[2]
    assert target.private
    assert target.private.names("") == []
    assert os.listdir(tmp_path / "private/.publishing") == ["lock"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = tmp_path / "disk"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mount], capture_output=True)
    if made.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield mount
    subprocess.run(["umount", mount], check=True)


def test_wherever_room_ends_the_page_is_whole(small_disk: Path) -> None:
    """From no room at all, page by page of the disk, until there is enough."""
    place = Folder(small_disk / "page")
    target = Directory(str(place.path))
    target.publish(make_bundle(RELEASES, 1))
    filler = small_disk / "filler"
    full = 0
    for room in range(1, 800, 8):
        space = os.statvfs(small_disk)
        filler.write_bytes(bytes(max(space.f_bavail - room, 0) * space.f_bsize))
        with suppress(PublishError):
            target.publish(make_bundle(RELEASES, 2, 1))
            break
        full += 1
        filler.unlink()
        index = place.get("index.html")
        assert index == RELEASES[1]["index.html"]
        assert all(place.get(link) is not None for link in links(index))
    assert full > 5
    assert place.shown() == RELEASES[2]
    filler.unlink()
    target.publish(make_bundle(RELEASES, 3, 2))
    assert place.shown() == RELEASES[3]
