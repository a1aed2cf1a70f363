"""The private Valkey: what Celery and redis-py make of its URL."""

from pathlib import Path

import pytest
import redis
from celery import Celery

from statuspage.embedded.errors import EmbeddedError
from statuspage.embedded.valkey import Valkey, redis_py_url


def test_celery_and_redis_py_reach_it_by_one_url(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path / "valkey")
    url = valkey.start()
    app = Celery("test", broker=url)
    app.send_task("some.task", queue="core")
    app.close()
    with redis.Redis.from_url(redis_py_url(url)) as client:
        assert client.llen("core") == 1
    valkey.stop()


def test_only_its_owner_may_enter_its_folder(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path / "valkey")
    valkey.start()
    assert (tmp_path / "valkey").stat().st_mode & 0o777 == 0o700
    valkey.stop()


def test_it_says_where_its_reasons_are_when_it_cannot_start(tmp_path: Path) -> None:
    valkey = Valkey(tmp_path / "valkey")
    (tmp_path / "valkey/valkey.sock/in-the-way").mkdir(parents=True)
    with pytest.raises(
        EmbeddedError, match=r"^The embedded Valkey did not start; its reasons are in .*\.log\.$"
    ):
        valkey.start()
