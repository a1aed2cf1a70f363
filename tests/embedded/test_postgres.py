"""The private Postgres: real servers in temporary folders."""

import os
import pwd
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from statuspage.embedded import credentials
from statuspage.embedded.errors import EmbeddedError
from statuspage.embedded.installations import OLDEST, binaries
from statuspage.embedded.postgres import Postgres

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become someone else")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that any user may pass through."""
    with tempfile.TemporaryDirectory(dir="/tmp") as made:
        Path(made).chmod(0o711)
        yield Path(made) / "postgres"


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None


def write(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def refuse() -> None:
    raise OSError("namespaces are refused")


def test_it_keeps_the_data_on_a_second_start(folder: Path) -> None:
    first = Postgres(folder, durable=False)
    write(first.start(), "CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()
    second = Postgres(folder, durable=False)
    assert ask(second.start(), "SELECT answer FROM kept") == 42
    second.stop()


def test_it_speaks_utf8_and_knows_the_extensions_we_need(folder: Path) -> None:
    postgres = Postgres(folder, durable=False)
    url = postgres.start()
    assert ask(url, "SELECT lower('É')") == "é"
    write(url, "CREATE EXTENSION btree_gist")
    postgres.stop()


def test_only_its_owner_may_enter_its_socket_folder(folder: Path) -> None:
    postgres = Postgres(folder, durable=False)
    url = postgres.start()
    assert ask(url, "SELECT current_setting('listen_addresses')") == ""
    assert (folder / "socket").stat().st_mode & 0o777 == 0o700
    postgres.stop()


def test_a_path_too_long_for_a_socket_gets_a_short_one_that_goes_away(folder: Path) -> None:
    postgres = Postgres(folder / ("long" * 25), durable=False)
    url = postgres.start()
    sockets = Path(str(ask(url, "SELECT current_setting('unix_socket_directories')")))
    assert len(str(sockets)) < 60
    postgres.stop()
    assert not sockets.exists()


def test_a_pid_file_left_by_a_crash_is_forgotten(folder: Path) -> None:
    postgres = Postgres(folder, durable=False)
    postgres.start()
    left = (folder / "data/postmaster.pid").read_text().splitlines()
    postgres.process.kill()
    # The worst case: the id is in use again, by a process that lives.
    (folder / "data/postmaster.pid").write_text("\n".join([str(os.getppid()), *left[1:]]) + "\n")
    again = Postgres(folder, durable=False)
    assert ask(again.start(), "SELECT 1") == 1
    again.stop()


def test_a_server_that_outlived_its_parent_is_ended_first(folder: Path) -> None:
    orphan = Postgres(folder, durable=False)
    orphan.start()
    again = Postgres(folder, durable=False)
    assert ask(again.start(), "SELECT 1") == 1
    assert orphan.process.exit_code() == 0
    again.stop()


def test_data_of_another_version_is_not_touched(folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    (folder / "data/PG_VERSION").write_text("9\n")
    with pytest.raises(
        EmbeddedError, match=r"^The data was made by Postgres 9, which is not installed here\.$"
    ):
        Postgres(folder).start()


def test_the_programs_that_it_finds_are_new_enough() -> None:
    assert (binaries() / "initdb").exists()
    with pytest.raises(EmbeddedError):
        binaries(OLDEST - 10)


@as_root
def test_where_namespaces_are_refused_it_runs_as_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "unshare", refuse)
    postgres = Postgres(folder, durable=False)
    url = postgres.start()
    owner = Path(f"/proc/{postgres.process.pid}").stat().st_uid
    assert owner == pwd.getpwnam("nobody").pw_uid
    write(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.stop()
    # A folder of nobody's stays so, whatever the kernel allows next time.
    monkeypatch.undo()
    again = Postgres(folder, durable=False)
    assert ask(again.start(), "SELECT answer FROM kept") == 42
    again.stop()


@as_root
def test_nobody_gets_copies_of_programs_that_it_cannot_reach(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hidden = tmp_path / "hidden/installation"
    hidden.mkdir(mode=0o700, parents=True)
    hidden.parent.chmod(0o700)
    programs = hidden / "bin"
    programs.mkdir()
    (programs / "postgres").write_text("#!/bin/sh\necho postgres (PostgreSQL) 17\n")
    credentials.give_to_nobody(folder)
    copy = credentials.reachable_programs(programs, folder)
    assert copy == folder / "installation/bin"
    assert (copy / "postgres").stat().st_uid == pwd.getpwnam("nobody").pw_uid
    assert credentials.reachable_programs(binaries_of_system(), folder) == binaries_of_system()


def binaries_of_system() -> Path:
    return Path("/usr/bin")


@as_root
def test_data_that_nobody_cannot_reach_lives_elsewhere_always_in_the_same_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "unshare", refuse)
    monkeypatch.setattr(credentials, "ELSEWHERE", folder.parent / "elsewhere")
    folder.mkdir()
    folder.chmod(0o700)
    chosen = credentials.choose(folder / "inner")
    assert chosen.home.parent == folder.parent / "elsewhere"
    assert credentials.choose(folder / "inner") == chosen


@as_root
def test_data_that_nobody_cannot_reach_is_refused_in_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "unshare", refuse)
    (folder / "inner/data").mkdir(parents=True)
    folder.chmod(0o700)
    with pytest.raises(EmbeddedError, match=r"^Postgres refuses to run as root here.*cannot reach its data"):
        Postgres(folder / "inner").start()


@as_root
def test_where_not_even_nobody_is_possible_one_sentence_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "unshare", refuse)
    monkeypatch.setattr(credentials, "ELSEWHERE", Path("/proc/nowhere"))
    folder.mkdir()
    folder.chmod(0o700)
    with pytest.raises(EmbeddedError, match=r"^Postgres refuses to run as root, .*set DATABASE_URL\.$"):
        Postgres(folder / "inner").start()
