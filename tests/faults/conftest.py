"""Servers for the tests of faults: the store of the publishing tests, and services of one's own to stop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from statuspage.embedded.postgres import Postgres
from statuspage.embedded.valkey import Valkey
from tests.e2e.conftest import browser_tab
from tests.e2e.seed import sow_tables
from tests.publish.conftest import bucket, keys, private_bucket, s3

__all__ = ["browser_tab", "bucket", "keys", "private_bucket", "s3"]


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    (tmp_path / "db").mkdir()
    sow_tables(tmp_path / "db" / "postgres")
    server = Postgres(tmp_path / "db" / "postgres")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()
