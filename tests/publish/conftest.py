"""One store for all tests of a run, one bucket for each test."""

import secrets
from collections.abc import Iterator

import pytest

from tests.publish import s3server
from tests.publish.s3server import S3Server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = s3server.start(tmp_path_factory.mktemp("s3"))
    yield server
    server.stop()


@pytest.fixture
def bucket(s3: S3Server) -> str:
    name = f"pages-{secrets.token_hex(4)}"
    s3.client().create_bucket(Bucket=name)
    return name


@pytest.fixture
def private_bucket(s3: S3Server) -> str:
    name = f"private-{secrets.token_hex(4)}"
    s3.client().create_bucket(Bucket=name)
    return name


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, s3: S3Server) -> dict[str, str]:
    """The configuration that names the keys of the store, which are in the environment."""
    monkeypatch.setenv("TEST_ACCESS_KEY_ID", s3.access_key)
    monkeypatch.setenv("TEST_SECRET_ACCESS_KEY", s3.secret_key)
    return {"access_key_env": "TEST_ACCESS_KEY_ID", "secret_key_env": "TEST_SECRET_ACCESS_KEY"}
