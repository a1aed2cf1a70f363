"""The private place: for nobody but its owner, and never where customers read."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from statuspage.publish import TARGETS, ConfigError, Private, PublishError
from statuspage.publish.directory import Directory
from tests.publish.make import make_bundle, make_files
from tests.publish.places import Bucket, publish


@pytest.fixture(params=["folder", "bucket", "same bucket"])
def private(request: pytest.FixtureRequest, tmp_path: Path) -> Private:
    found: Private | None
    if request.param == "folder":
        found = Directory(str(tmp_path / "page"), str(tmp_path / "private")).private
    else:
        place = Bucket(*(request.getfixturevalue(name) for name in ("s3", "bucket", "keys")))
        own = request.getfixturevalue("private_bucket") if request.param == "bucket" else place.bucket
        changes = {"private_bucket": own, "prefix": "page", "private_prefix": "private/page/"}
        found = TARGETS["s3"].parse(place.config | changes).private
    assert found
    return found


def test_files_are_put_read_listed_and_deleted(private: Private) -> None:
    assert private.names("") == []
    assert private.get("releases/1.zip") is None
    private.delete("releases/1.zip")
    private.put("releases/2.zip", b"two")
    private.put("releases/1.zip", b"one")
    private.put("emergency/journal.json", b"{}")
    private.put("releases/1.zip", b"uno")
    assert private.names("releases/") == ["releases/1.zip", "releases/2.zip"]
    assert private.names("") == ["emergency/journal.json", "releases/1.zip", "releases/2.zip"]
    assert private.get("releases/1.zip") == b"uno"
    private.delete("releases/1.zip")
    assert private.names("re") == ["releases/2.zip"]


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a//b", "", "a/../../b", "a\nb"])
def test_a_name_that_leaves_it_is_a_bug(private: Private, name: str) -> None:
    for use in (private.get, private.delete, lambda path: private.put(path, b"x")):
        with pytest.raises(ValueError, match="no path"):
            use(name)


def test_nobody_else_may_enter_the_folder(tmp_path: Path) -> None:
    private = Directory(str(tmp_path / "page"), str(tmp_path / "deep/private")).private
    assert private
    old = os.umask(0)
    try:
        private.put("emergency/subscribers.age", b"secret")
    finally:
        os.umask(old)
    folder = tmp_path / "deep/private"
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)


def test_a_folder_that_others_may_enter_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o755)
    private = Directory(str(tmp_path / "page"), str(tmp_path / "shared")).private
    assert private
    with pytest.raises(PublishError, match="chmod 700"):
        private.put("x", b"secret")
    assert (tmp_path / "shared").stat().st_mode & 0o777 == 0o755
    assert list((tmp_path / "shared").iterdir()) == []


@pytest.mark.parametrize("way", ["private in public", "public in private", "the same"])
def test_links_that_join_the_two_are_noticed_when_used(tmp_path: Path, way: str) -> None:
    (tmp_path / "page/inner").mkdir(parents=True)
    (tmp_path / "page/inner").chmod(0o700)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / {"private in public": "page/inner", "the same": "page"}.get(way, "."))
    public = tmp_path / "page"
    private = Directory(str(public), str(link)).private
    assert private
    steps = (
        lambda: private.put("x", b"secret"),
        lambda: private.get("x"),
        lambda: private.names(""),
        lambda: private.delete("x"),
    )
    for step in steps:
        with pytest.raises(PublishError, match="overlaps"):
            step()


def test_nothing_private_is_followed_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x").write_text("precious")
    private = Directory(str(tmp_path / "page"), str(tmp_path / "private")).private
    assert private
    private.put("a", b"secret")
    (tmp_path / "private/releases").symlink_to(tmp_path / "outside")
    assert private.get("releases/x") is None
    private.put("releases/x", b"secret")
    assert (tmp_path / "outside/x").read_text() == "precious"


FOLDERS = [
    ("/srv/page", "/srv/page"),
    ("/srv/page", "/srv/page/private"),
    ("/srv/page/public", "/srv/page"),
    ("/srv/page", "/srv/page/../page/x"),
    ("/srv/page", "relative"),
    ("/srv/page", "/"),
    ("/srv/page", 7),
    ("/srv/page", None),
]


@pytest.mark.parametrize(("path", "private"), FOLDERS)
def test_a_folder_where_customers_read_is_refused(path: str, private: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        TARGETS["directory"].parse({"path": path, "private_path": private})
    assert refused.value.field == "private_path"


def test_a_folder_of_a_similar_name_is_taken() -> None:
    target = TARGETS["directory"].parse({"path": "/srv/page", "private_path": "/srv/page-private/"})
    assert target == Directory("/srv/page", "/srv/page-private")


BUCKETS: list[tuple[Mapping[str, Any], str]] = [
    ({"private_bucket": "pages"}, "private_prefix"),
    ({"private_bucket": "pages", "private_prefix": "x"}, "private_prefix"),
    ({"private_bucket": "pages", "prefix": "a"}, "private_prefix"),
    ({"private_bucket": "pages", "prefix": "a/", "private_prefix": "/a"}, "private_prefix"),
    ({"private_bucket": "pages", "prefix": "a", "private_prefix": "a/b"}, "private_prefix"),
    ({"private_bucket": "pages", "prefix": "a/b", "private_prefix": "a"}, "private_prefix"),
    ({"private_prefix": "x"}, "private_bucket"),
    ({"private_bucket": "Private"}, "private_bucket"),
    ({"private_bucket": "xyz", "private_prefix": "../x"}, "private_prefix"),
    ({"private_bucket": None}, "private_bucket"),
    ({"private_bucket": "other", "private_prefix": 7}, "private_prefix"),
]


@pytest.mark.parametrize(("config", "field"), BUCKETS)
def test_a_bucket_where_customers_read_is_refused(config: Mapping[str, Any], field: str) -> None:
    with pytest.raises(ConfigError) as refused:
        TARGETS["s3"].parse({"bucket": "pages", **config})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "config",
    [
        {"private_bucket": "other"},
        {"private_bucket": "other", "prefix": "a", "private_prefix": "a"},
        {"private_bucket": "pages", "prefix": "a", "private_prefix": "ab"},
    ],
)
def test_a_bucket_apart_is_taken(config: Mapping[str, Any]) -> None:
    assert TARGETS["s3"].parse({"bucket": "pages", **config}).private


@pytest.mark.parametrize("kind", ["directory", "s3"])
def test_without_a_private_place_there_is_none(kind: str) -> None:
    assert TARGETS[kind].parse({"path": "/x"} if kind == "directory" else {"bucket": "xyz"}).private is None


@pytest.mark.parametrize(
    "address",
    [
        "ftp://status.example",
        "https://user:word@status.example",
        "https://status.example/?x",
        "https://status.example/#x",
        "https://",
        "https://status.example:99999",
        "https://status.example:0",
        "//status.example",
        "https://status.example/\nx",
        "javascript:alert(1)",
        None,
        7,
    ],
)
def test_an_address_that_customers_cannot_read_is_refused(address: Any) -> None:
    for kind, config in (("directory", {"path": "/srv/x"}), ("s3", {"bucket": "pages"})):
        with pytest.raises(ConfigError) as refused:
            TARGETS[kind].parse({**config, "public_url": address})
        assert refused.value.field == "public_url"


def test_the_address_of_the_page_is_tidied() -> None:
    config = {"path": "/srv/x", "public_url": "https://status.example:8443/page/"}
    assert TARGETS["directory"].parse(config).public_url == "https://status.example:8443/page"
    assert TARGETS["s3"].parse({"bucket": "pages"}).public_url == ""


def test_a_private_folder_beside_the_page_is_no_part_of_it(tmp_path: Path) -> None:
    target = Directory(str(tmp_path / "page"), str(tmp_path / "private"))
    assert target.private
    target.private.put("a", b"secret")
    releases = {1: make_files(1), 2: make_files(2)}
    target.publish(make_bundle(releases, 1))
    target.publish(make_bundle(releases, 2))
    assert target.private.get("a") == b"secret"


def test_a_private_part_of_the_same_bucket_is_left_alone(s3: Any, bucket: str, keys: dict[str, str]) -> None:
    place = Bucket(s3, bucket, keys)
    changes = {"prefix": "page", "private_bucket": bucket, "private_prefix": "private"}
    private = TARGETS["s3"].parse(place.config | changes).private
    assert private
    private.put("a", b"secret")
    releases = {1: make_files(1), 2: make_files(2)}
    publish(place, make_bundle(releases, 1), **changes)
    publish(place, make_bundle(releases, 2), **changes)
    assert private.get("a") == b"secret"
    answer = place.client.get_object(Bucket=bucket, Key="private/a")
    assert answer["CacheControl"] == "private, no-store"
    assert answer["ContentType"] == "application/octet-stream"
