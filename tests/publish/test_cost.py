"""What a publication costs follows what changed, not what there is."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from statuspage.publish import TARGETS, Target
from tests.faults.proxy import FaultProxy
from tests.publish.make import make_bundle, make_files
from tests.publish.places import Bucket, Folder
from tests.publish.s3server import S3Server

pytestmark = pytest.mark.slow

PAST = {f"incidents/past{number}/index.html": b"<!doctype html>over" for number in range(10_000)}
RELEASES: Mapping[int, Mapping[str, bytes]] = {
    1: make_files(1, {"now": "down"}) | PAST,
    2: make_files(2, {"now": "slow"}) | PAST,
    3: make_files(3, {"now": "slow"}) | PAST,
}


def plain(names: tuple[str, ...]) -> set[str]:
    return {name for name in names if not name.endswith((".br", ".gz"))}


def test_one_update_beside_10000_past_incidents_writes_20_files_at_most_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "page"
    target = TARGETS["directory"].parse({"path": str(folder)})
    assert len(plain(target.publish(make_bundle(RELEASES, 1)).written)) > 10_000
    before = {path: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}
    result = target.publish(make_bundle(RELEASES, 2, 1))
    touched = {path for path, inode in before.items() if path.stat().st_ino != inode}
    assert {path.relative_to(folder).as_posix() for path in touched} == {*result.written, "sequence.json"}
    assert len(plain(result.written)) <= 18
    assert Folder(folder).get("incidents/now/index.html") == b"slow"


def test_one_update_beside_10000_past_incidents_takes_20_writes_at_most_in_a_bucket(
    s3: S3Server, bucket: str, private_bucket: str, keys: dict[str, str]
) -> None:
    config = Bucket(s3, bucket, keys).config | {"private_bucket": private_bucket}
    direct: Target = TARGETS["s3"].parse(config)
    assert len(direct.publish(make_bundle(RELEASES, 1)).written) > 10_000
    bundle = replace(make_bundle(RELEASES, 2, 1), previous=lambda: dict(make_files(1, {"now": "down"})))
    with FaultProxy(s3.url) as proxy:
        result = TARGETS["s3"].parse(config | {"endpoint_url": proxy.url}).publish(bundle)
    methods = [method for method, path in proxy.requests if path.startswith(f"/{bucket}")]
    assert methods.count("PUT") == len(result.written) + 2
    assert [method for method, _ in proxy.requests].count("PUT") == len(result.written) + 3 <= 20
    assert not any(path.startswith(f"/{bucket}?") for _, path in proxy.requests), "it listed the page"
    assert len(proxy.requests) <= 40
    resynced = direct.publish(make_bundle(RELEASES, 3))
    assert resynced.resynced
    assert len(resynced.written) <= 18
