"""The tool against a real S3 store, beside one where nobody answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from statuspage.publish import TARGETS, claimed_by
from statuspage.signing import Role
from statuspage.snapshot import Keys
from tests.emergency.kit import Kit, make_kit, make_published, publish
from tests.publish import s3server
from tests.publish.s3server import S3Server


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = s3server.start(tmp_path_factory.mktemp("s3"))
    yield server
    server.stop()


def target(server: S3Server, name: str, endpoint: str = "") -> str:
    return "\n".join(
        (
            f'name = "{name}"',
            'kind = "s3"',
            'bucket = "pages"',
            'region = "us-east-1"',
            'addressing_style = "path"',
            f'endpoint_url = "{endpoint or server.url}"',
            f'access_key_id = "{server.access_key}"',
            f'secret_access_key = "{server.secret_key}"',
        )
    )


@pytest.mark.slow
def test_a_store_is_posted_to_while_another_one_is_dead(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {
        "bucket": "pages",
        "region": "us-east-1",
        "addressing_style": "path",
        "endpoint_url": s3.url,
        "access_key_env": "TEST_ACCESS_KEY_ID",
        "secret_key_env": "TEST_SECRET_ACCESS_KEY",
    }
    monkeypatch.setenv("TEST_ACCESS_KEY_ID", s3.access_key)
    monkeypatch.setenv("TEST_SECRET_ACCESS_KEY", s3.secret_key)
    publish("s3", config, make_published())
    kit: Kit = make_kit(
        tmp_path, more=[target(s3, "store"), target(s3, "dead", endpoint="http://127.0.0.1:9")]
    )
    ran = kit.run("post", "--title", "Down", "--en", "We know.", "--component", "Cards=major", "--yes")
    assert ran.status == 3, ran.err
    assert "store: published, release 42" in ran.out
    assert "The store cannot be reached." in ran.err
    state = TARGETS["s3"].parse(config).state()
    assert state is not None
    assert claimed_by(state, Keys("", kit.vault().signer.public)) == Role.EMERGENCY
    index = TARGETS["s3"].parse(config).read("index.html")
    assert index is not None
    assert b"Down" in index
    assert s3.secret_key not in ran.out + ran.err + (kit.path / "work" / "log.jsonl").read_text()
