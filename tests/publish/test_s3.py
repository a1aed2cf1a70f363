"""The S3 target against a real store."""

from pathlib import Path

import pytest

from statuspage.publish import TARGETS, Bundle, ConfigError, PublishError, Result, Superseded
from statuspage.publish.s3 import S3
from tests.publish import places
from tests.publish.make import BEAT, Releases, make_bundle, make_files
from tests.publish.places import Bucket
from tests.publish.s3server import S3Server

RELEASES = {
    1: make_files(1),
    2: make_files(2, {"a": "down"}),
    3: make_files(3, {"a": "down", "b": "slow"}),
    4: make_files(4, {"b": "slow"}),
    5: make_files(5, {"b": "slow"}),
}


def publish(
    place: Bucket, sequence: int, base: int = 0, releases: Releases = RELEASES, **changes: str
) -> Result:
    return places.publish(place, make_bundle(releases, sequence, base), **changes)


@pytest.fixture
def place(s3: S3Server, bucket: str, keys: dict[str, str]) -> Bucket:
    return Bucket(s3, bucket, keys)


def test_an_empty_bucket_gets_the_whole_release(place: Bucket) -> None:
    result = publish(place, 3)
    assert place.shown() == RELEASES[3]
    assert result.resynced
    assert set(result.written) == set(RELEASES[3])
    assert places.state(place) | {"release": "", "headers": ""} == {
        "page": "p1",
        "sequence": 3,
        "whole": 3,
        "release": "",
        "settled": True,
        "undo": 0,
        "headers": "",
        "by": "",
        "signature": "",
    }


def test_each_step_leaves_exactly_its_release(place: Bucket) -> None:
    for sequence in RELEASES:
        result = publish(place, sequence, sequence - 1)
        assert place.shown() == RELEASES[sequence]
        assert result.resynced == (sequence == 1)


def test_objects_say_their_type_and_how_long_to_keep_them(place: Bucket) -> None:
    publish(place, 3)
    answer = place.answer("incidents/a/index.html")
    assert answer
    content, headers = answer
    assert content == RELEASES[3]["incidents/a/index.html"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "public, max-age=10, stale-while-revalidate=10, stale-if-error=86400"
    assert "Content-Encoding" not in headers
    answer = place.answer("status.json")
    assert answer
    assert answer[1]["Content-Type"] == "application/json; charset=utf-8"


def test_nothing_but_the_heartbeat_set_is_written_when_nothing_else_changed(place: Bucket) -> None:
    publish(place, 4)
    modified = {item["Key"]: item for item in place.client.list_objects_v2(Bucket=place.bucket)["Contents"]}
    result = publish(place, 5, 4)
    assert set(result.written) == BEAT
    assert (result.removed, result.resynced) == ((), False)
    now = {item["Key"]: item for item in place.client.list_objects_v2(Bucket=place.bucket)["Contents"]}
    assert {key for key in now if now[key]["ETag"] != modified[key]["ETag"]} == BEAT | {"sequence.json"}


def test_the_same_release_again_writes_nothing(place: Bucket) -> None:
    publish(place, 4)
    assert publish(place, 4, 4).written == ()
    assert publish(place, 4, 0).written == ()


def test_objects_that_are_gone_are_deleted(place: Bucket) -> None:
    publish(place, 3)
    assert publish(place, 4, 3).removed == ("incidents/a/index.html",)
    assert place.get("incidents/a/index.html") is None


def test_a_lower_sequence_is_refused_and_changes_nothing(place: Bucket) -> None:
    publish(place, 3)
    with pytest.raises(Superseded) as refused:
        publish(place, 2, 1)
    assert refused.value.sequence == 3
    assert place.shown() == RELEASES[3]


def test_another_release_of_the_same_sequence_is_refused(place: Bucket) -> None:
    publish(place, 3)
    with pytest.raises(Superseded) as refused:
        publish(place, 3, 0, {3: make_files(3, fork="restored")})
    assert refused.value.sequence == 3
    assert place.shown() == RELEASES[3]


def test_what_another_publisher_left_is_healed_at_a_higher_sequence(place: Bucket) -> None:
    publish(place, 3)
    publish(place, 4, 0, {4: make_files(4, {"emergency": "posted by hand"})})
    assert publish(place, 5, 3).resynced
    assert place.shown() == RELEASES[5]


def test_an_emptied_bucket_gets_everything_again(place: Bucket) -> None:
    publish(place, 3)
    for key in [*place.shown(), "sequence.json"]:
        place.client.delete_object(Bucket=place.bucket, Key=key)
    assert publish(place, 4, 3).resynced
    assert place.shown() == RELEASES[4]


def test_a_newer_object_is_not_overwritten_though_nothing_claims_it(place: Bucket) -> None:
    publish(place, 4)
    place.client.delete_object(Bucket=place.bucket, Key="sequence.json")
    with pytest.raises(Superseded) as refused:
        publish(place, 3)
    assert refused.value.sequence == 4
    assert place.get("index.html") == RELEASES[4]["index.html"]


def test_another_page_is_left_alone(place: Bucket) -> None:
    publish(place, 3)
    other = make_bundle({4: make_files(4)}, 4, page="p2")
    with pytest.raises(PublishError, match="Another page"):
        places.publish(place, other)
    place.client.delete_object(Bucket=place.bucket, Key="sequence.json")
    with pytest.raises(PublishError, match="Another page"):
        places.publish(place, other)
    assert place.shown() == RELEASES[3]


def test_pages_under_prefixes_leave_each_other_alone(place: Bucket) -> None:
    publish(place, 3)
    publish(place, 3, prefix="other/page/")
    publish(place, 4, 0)
    publish(place, 5, 0, prefix="other/page")
    shown = place.shown()
    assert {key: value for key, value in shown.items() if not key.startswith("other/")} == RELEASES[4]
    assert {key[11:]: value for key, value in shown.items() if key.startswith("other/")} == RELEASES[5]


def test_what_the_administrator_put_there_stays(place: Bucket) -> None:
    place.client.put_object(Bucket=place.bucket, Key="google1234.html", Body=b"mine")
    publish(place, 3)
    publish(place, 4, 0)
    assert place.get("google1234.html") == b"mine"


def test_an_object_that_somebody_changed_is_put_right_by_a_resync(place: Bucket) -> None:
    publish(place, 4)
    place.client.put_object(Bucket=place.bucket, Key="404.html", Body=b"defaced")
    assert publish(place, 5, 0).written == tuple(sorted({"404.html"} | BEAT, key=_last))
    assert place.shown() == RELEASES[5]


def _last(path: str) -> tuple[int, str]:
    return ((path in BEAT) + path.endswith("/index.html") * (path in BEAT) + 2 * (path == "index.html"), path)


def test_many_objects_are_listed_and_deleted(place: Bucket) -> None:
    many = {f"incidents/{number}/index.html": b"x" for number in range(1_050)}
    releases = {1: make_files(1) | many, 2: make_files(2)}
    publish(place, 1, 0, releases)
    result = publish(place, 2, 0, releases)
    assert len(result.removed) == 1_050
    assert place.shown() == releases[2]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"bucket": "no-such-bucket"}, "no bucket no-such-bucket"),
        ({"endpoint_url": "http://127.0.0.1:1"}, "cannot be reached"),
        ({"access_key_env": "UNKNOWN_ACCESS_KEY_ID"}, "does not know the access key"),
        ({"secret_key_env": "WRONG_SECRET_ACCESS_KEY"}, "secret key is wrong"),
        (
            {"access_key_env": "READ_ACCESS_KEY_ID", "secret_key_env": "READ_SECRET_ACCESS_KEY"},
            "denies access",
        ),
        ({"access_key_env": "UNSET_ACCESS_KEY_ID"}, "UNSET_ACCESS_KEY_ID is not set"),
    ],
)
def test_each_refusal_is_a_sentence_without_a_secret(
    place: Bucket, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], sentence: str
) -> None:
    secrets = {
        "UNKNOWN_ACCESS_KEY_ID": "STRANGER",
        "WRONG_SECRET_ACCESS_KEY": "not-the-secret",
        "READ_ACCESS_KEY_ID": "READONLY",
        "READ_SECRET_ACCESS_KEY": "reads-only",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(PublishError, match=sentence) as refused:
        publish(place, 1, 0, RELEASES, **change)
    assert not any(value in str(refused.value) for value in [*secrets.values(), place.server.secret_key])


def test_keys_may_lie_in_files(place: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{place.server.secret_key}\n")
    monkeypatch.setenv("FILED_SECRET_ACCESS_KEY_FILE", str(tmp_path / "key"))
    publish(place, 1, 0, secret_key_env="FILED_SECRET_ACCESS_KEY")
    assert place.shown() == RELEASES[1]


def test_a_release_without_an_index_empties_nothing(place: Bucket) -> None:
    publish(place, 3)
    with pytest.raises(ValueError, match="index"):
        places.publish(place, Bundle("p1", 4, {}, (), dict))
    assert place.shown() == RELEASES[3]


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "bucket"),
        ({"bucket": "Big_Bucket"}, "bucket"),
        ({"bucket": "a/b"}, "bucket"),
        ({"bucket": "pages\n"}, "bucket"),
        ({"bucket": 7}, "bucket"),
        ({"bucket": "pages", "prefix": "../x"}, "prefix"),
        ({"bucket": "pages", "prefix": "a//b"}, "prefix"),
        ({"bucket": "pages", "prefix": None}, "prefix"),
        ({"bucket": "pages", "endpoint_url": "file:///etc"}, "endpoint_url"),
        ({"bucket": "pages", "endpoint_url": "https://user:word@store"}, "endpoint_url"),
        ({"bucket": "pages", "endpoint_url": "https://store/path"}, "endpoint_url"),
        ({"bucket": "pages", "endpoint_url": "https://store:99999"}, "endpoint_url"),
        ({"bucket": "pages", "endpoint_url": "https://store\r\nX: y"}, "endpoint_url"),
        ({"bucket": "pages", "region": "Paris, France"}, "region"),
        ({"bucket": "pages", "addressing_style": "guess"}, "addressing_style"),
        ({"bucket": "pages", "access_key_env": "SECRET_KEY"}, "access_key_env"),
        ({"bucket": "pages", "access_key_env": "AWS_SECRET_ACCESS_KEY"}, "access_key_env"),
        ({"bucket": "pages", "secret_key_env": "DATABASE_URL"}, "secret_key_env"),
        ({"bucket": "pages", "access_key_env": "AWS_ACCESS_KEY_ID"}, "secret_key_env"),
        ({"bucket": "pages", "secret_key_env": "AWS_SECRET_ACCESS_KEY"}, "access_key_env"),
        ({"bucket": "pages", "secret_access_key": "in plain text"}, "secret_access_key"),
    ],
)
def test_a_bad_configuration_is_named(config: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigError) as refused:
        TARGETS["s3"].parse(config)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "address", ["", "http://127.0.0.1:8333", "https://[::1]:9000/", "https://s3.example"]
)
def test_a_good_address_is_taken(address: str) -> None:
    assert S3.parse({"bucket": "pages", "endpoint_url": address}).endpoint_url == address


def test_what_is_far_too_long_is_not_read(place: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(place, 3)
    target = S3.parse(place.config)
    assert target.read("index.html") == RELEASES[3]["index.html"]
    monkeypatch.setattr("statuspage.publish.s3store.LONGEST", 2)
    with pytest.raises(PublishError, match=r"index\.html"):
        target.read("index.html")
