"""Backup and restore: into an empty database, and what is published from it is the same to the byte."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from incidents import post
from monitors.models import Page
from monitors.status import Status
from statuspage import backup, releases
from statuspage.installation import installation
from statuspage.models import Target
from tests.make import make_component, make_monitor, make_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
# Workers share the server.
AWAY = f"restored_elsewhere_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def address(name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@pytest.fixture
def empty() -> Iterator[str]:
    """The URL of a database with nothing in it."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {AWAY} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {AWAY}")
        yield address(AWAY)
        server.execute(f"DROP DATABASE IF EXISTS {AWAY} WITH (FORCE)")


def manage(*words: str, url: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """manage.py in a process of its own, on the tests' database or another one."""
    database = {"DATABASE_URL": url or address(str(connection.settings_dict["NAME"]))}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=os.environ | database | env,
        capture_output=True,
        text=True,
        check=False,
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def tables(url: str) -> int:
    with psycopg.connect(url) as database:
        row = database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row
    return int(row[0])


@pytest.fixture
def page() -> Page:
    """A page with a past: a monitor, an incident, a few releases."""
    now = timezone.now() - timedelta(minutes=30)
    page = make_page(name="Café Ünïcode")
    component = make_component(page, now=now - timedelta(days=3))
    make_monitor([component], page=page, now=now - timedelta(days=2))
    post.open_incident(
        page,
        impact="major",
        status="investigating",
        components={component: Status.PARTIAL_OUTAGE},
        now=now,
        title_en="Payments fail",
        title_fr="Les paiements échouent",
        body_en="We look.",
        body_fr="",
    )
    for minutes in (1, 2, 3):
        page.refresh_from_db()
        assert releases.make(page, now + timedelta(minutes=minutes), installation())
    return page


def make_backup(folder: Path) -> Path:
    file = folder / "backup.zip"
    done = manage("backup", str(file))
    assert done.returncode == 0, done.stderr
    return file


def test_an_empty_database_that_was_restored_publishes_the_same_bytes(
    page: Page, empty: str, tmp_path: Path
) -> None:
    at = timezone.now().isoformat()
    file = make_backup(tmp_path)
    restored = manage("restore", str(file), url=empty)
    assert restored.returncode == 0, restored.stderr
    assert f"{page.domain}: release 3" in restored.stdout
    for folder, url in (("before", ""), ("after", empty)):
        exported = manage("export", str(tmp_path / folder), "--at", at, url=url)
        assert exported.returncode == 0, exported.stderr
    assert tree(tmp_path / "before") == tree(tmp_path / "after")
    assert len(tree(tmp_path / "after")) > 50


def test_the_next_release_follows_the_last_one(page: Page, empty: str, tmp_path: Path) -> None:
    assert manage("restore", str(make_backup(tmp_path)), url=empty).returncode == 0
    done = manage("publish", url=empty)
    assert f"{page.name}: release 4" in done.stdout, done.stderr


def test_only_we_can_read_it_and_no_key_is_in_it(page: Page, tmp_path: Path) -> None:
    file = make_backup(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    with zipfile.ZipFile(file) as archive:
        manifest = archive.read(backup.MANIFEST).decode()
    for name in ("DATA_KEYS", "SECRET_KEY", "SIGNING_KEY"):
        assert os.environ[name] not in manifest
    assert json.loads(manifest)["pages"] == [{"id": page.public_id, "domain": page.domain, "sequence": 3}]


def test_it_is_refused_without_the_keys_and_nothing_is_written(
    page: Page, empty: str, tmp_path: Path
) -> None:
    file = make_backup(tmp_path)
    done = manage("restore", str(file), url=empty, DATA_KEYS=Fernet.generate_key().decode())
    assert done.returncode == 1
    assert "DATA_KEYS lacks 1 of the keys" in done.stderr
    assert tables(empty) == 0
    both = f"{Fernet.generate_key().decode()},{os.environ['DATA_KEYS']}"
    assert manage("restore", str(file), url=empty, DATA_KEYS=both).returncode == 0


def test_a_database_with_anything_in_it_is_refused(page: Page, empty: str, tmp_path: Path) -> None:
    file = make_backup(tmp_path)
    with psycopg.connect(empty) as database:
        database.execute("CREATE TABLE somebodys (id int)")
    done = manage("restore", str(file), url=empty)
    assert (done.returncode, "The database is not empty" in done.stderr) == (1, True)
    assert tables(empty) == 1


def rewritten(file: Path, change: dict[str, object]) -> Path:
    """The same backup with another manifest."""
    other = file.with_name("other.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
        new.writestr(backup.MANIFEST, json.dumps(json.loads(old.read(backup.MANIFEST)) | change))
        new.writestr(backup.DUMP, old.read(backup.DUMP))
    return other


def test_a_backup_of_a_newer_version_is_refused(page: Page, empty: str, tmp_path: Path) -> None:
    file = rewritten(make_backup(tmp_path), {"migrations": ["statuspage.9999_of_the_future"]})
    done = manage("restore", str(file), url=empty)
    assert "made by a newer version" in done.stderr
    assert tables(empty) == 0


def test_a_damaged_file_is_refused_before_anything_is_written(page: Page, empty: str, tmp_path: Path) -> None:
    file = make_backup(tmp_path)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    done = manage("restore", str(file), url=empty)
    assert "damaged" in done.stderr
    file.write_bytes(b"PGDMP no zip")
    assert "is no backup" in manage("restore", str(file), url=empty).stderr
    assert tables(empty) == 0


def test_a_dump_that_cannot_be_brought_in_leaves_the_database_empty(
    page: Page, empty: str, tmp_path: Path
) -> None:
    file = make_backup(tmp_path)
    with zipfile.ZipFile(file) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(backup.MANIFEST, held[backup.MANIFEST])
        archive.writestr(backup.DUMP, held[backup.DUMP][: len(held[backup.DUMP]) * 2 // 3])
    done = manage("restore", str(file), url=empty)
    assert done.returncode == 1
    assert "pg_restore: " in done.stderr
    assert "Traceback" not in done.stderr
    assert tables(empty) == 0


def test_a_backup_is_never_overwritten(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    file.write_bytes(b"yesterday's")
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(file))
    assert file.read_bytes() == b"yesterday's"


def test_a_file_that_was_laid_in_its_way_reads_nothing_of_it(page: Page, tmp_path: Path) -> None:
    laid = tmp_path / ".backup.zip.partial"
    laid.write_bytes(b"")
    laid.chmod(0o666)
    with laid.open("rb") as spy:
        file = make_backup(tmp_path)
        assert spy.read() == b""
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_that_fails_leaves_no_half_of_one(page: Page, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.dump cannot be read: No such file"):
        call_command("backup", str(tmp_path / "backup.zip"), dump=tmp_path / "none.dump")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("backup", str(tmp_path / "no" / "folder.zip"))


def test_a_dump_made_elsewhere_goes_in_and_out_as_it_is(page: Page, tmp_path: Path) -> None:
    dump, out, file = tmp_path / "made.dump", tmp_path / "out.dump", tmp_path / "kept.zip"
    with zipfile.ZipFile(make_backup(tmp_path)) as archive:
        dump.write_bytes(archive.read(backup.DUMP))
    call_command("backup", str(file), dump=dump)
    call_command("restore", str(file), unpack=out)
    assert out.read_bytes() == dump.read_bytes()
    dump.write_bytes(b"-- plain SQL")
    with pytest.raises(CommandError, match="pg_dump --format=custom"):
        call_command("backup", str(tmp_path / "other.zip"), dump=dump)


def test_a_target_that_is_ahead_of_a_restored_database_is_adopted_by_one_command(
    page: Page, empty: str, tmp_path: Path
) -> None:
    folder = tmp_path / "public"
    Target.objects.create(page=page, name="Folder", kind="directory", config={"path": str(folder)})
    file = make_backup(tmp_path)
    for _ in range(3):
        assert manage("publish").returncode == 0
    ahead = json.loads((folder / "sequence.json").read_text())["sequence"]
    assert manage("restore", str(file), url=empty).returncode == 0
    waits = manage("publish", url=empty)
    assert waits.returncode == 1
    assert "adopt" in waits.stdout
    assert json.loads((folder / "sequence.json").read_text())["sequence"] == ahead
    adopted = manage("adopt", "Folder", "--yes", url=empty)
    assert adopted.returncode == 0, adopted.stderr
    published = manage("publish", url=empty)
    assert published.returncode == 0, published.stdout + published.stderr
    assert json.loads((folder / "sequence.json").read_text())["sequence"] > ahead
