"""pg_dump and pg_restore on Django's own connection; the password never stands on a command line."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import pq
from psycopg.conninfo import make_conninfo

from statuspage.backup import BackupError
from statuspage.embedded.errors import EmbeddedError
from statuspage.embedded.installations import client

_KEYWORDS = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
# Objects that are no extension's own, in no schema of the system.
_RELATIONS = """
    SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
"""


def major(connection: BaseDatabaseWrapper) -> int:
    """The major version of the server."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database holds nothing of anybody's."""
    with connection.cursor() as cursor:
        cursor.execute(_RELATIONS)
        return bool(cursor.fetchone()[0] == 0)


def dump(connection: BaseDatabaseWrapper, into: IO[bytes]) -> None:
    """Writes the whole database as of one moment. Raises BackupError."""
    words = ["--format=custom", "--no-owner", "--no-privileges"]
    with tempfile.TemporaryFile() as said:
        process = _start("pg_dump", connection, words, said, stdout=subprocess.PIPE)
        assert process.stdout is not None  # noqa: S101 (a pipe, as asked for)
        try:
            shutil.copyfileobj(process.stdout, into)
        except BaseException:
            process.kill()
            raise
        finally:
            process.stdout.close()
            code = process.wait()
        _judge("pg_dump", code, said)


def restore(connection: BaseDatabaseWrapper, dumped: IO[bytes]) -> None:
    """Brings a dump into an empty database: all of it or nothing. Raises BackupError."""
    words = ["--no-owner", "--no-privileges", "--no-comments", "--exit-on-error", "--single-transaction"]
    with tempfile.TemporaryFile() as said:
        process = _start("pg_restore", connection, words, said, stdin=subprocess.PIPE)
        assert process.stdin is not None  # noqa: S101 (a pipe, as asked for)
        try:
            shutil.copyfileobj(dumped, process.stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it ended early, and says why
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
        _judge("pg_restore", code, said)


def _start(
    name: str, connection: BaseDatabaseWrapper, words: Sequence[str], said: IO[bytes], **pipes: Any
) -> subprocess.Popen[bytes]:
    parameters = {key: value for key, value in connection.get_connection_params().items() if key in _KEYWORDS}
    environment = dict(os.environ)
    password = parameters.pop("password", None)
    if password:
        environment["PGPASSWORD"] = str(password)
    argv = [str(_program(name, major(connection))), f"--dbname={make_conninfo(**parameters)}", *words]
    return subprocess.Popen(argv, env=environment, stderr=said, **pipes)


def _program(name: str, version: int) -> Path:
    try:
        return client(name, version)
    except EmbeddedError as error:
        raise BackupError(str(error)) from error


def _judge(name: str, code: int, said: IO[bytes]) -> None:
    if code:
        said.seek(0)
        lines = [line for line in said.read().decode(errors="replace").splitlines() if line.strip()]
        raise BackupError(f"{name}: {lines[0] if lines else f'it ended with {code}'}")
