"""A page that was published by an application which is now gone, and the sealed folder for it."""

import base64
import io
import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyrage

from statuspage.document import snapshot_from
from statuspage.emergency.cli import main
from statuspage.emergency.vault import Vault, opened
from statuspage.publish import TARGETS, Bundle
from statuspage.render import render
from statuspage.signing import Role, Signer
from statuspage.snapshot import Keys, Snapshot
from tests.render.make import make_demo, make_documents, make_page

PASSPHRASE = "correct horse battery staple"
APPLICATION = Signer.of(Role.APPLICATION, base64.b64encode(b"a" * 32).decode())
STRANGER = Signer.of(Role.APPLICATION, base64.b64encode(b"s" * 32).decode())
# Nothing listens there: the page's own address is as dead as its application.
DEAD_URL = "http://127.0.0.1:9"


_decrypt = pyrage.passphrase.decrypt


@lru_cache
def _decrypted(content: bytes, passphrase: str) -> bytes:
    """What age makes of it, once: a passphrase is made to cost a second, and a test needs many."""
    return bytes(_decrypt(content, passphrase))


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run of the tool said."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Kit:
    """The sealed folder and the folders that it publishes to, by name."""

    path: Path
    places: Mapping[str, Path]

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> Ran:
        """Runs the tool as a script would: with a passphrase and nobody at a terminal."""
        out, err = io.StringIO(), io.StringIO()
        given = {"EMERGENCY_BUNDLE": str(self.path), "EMERGENCY_PASSPHRASE": PASSPHRASE, **environment}
        typed = io.TextIOWrapper(io.BytesIO(stdin.encode()))
        quick = patch.object(pyrage.passphrase, "decrypt", _decrypted)
        streams = patch.object(sys, "stdin", typed), redirect_stdout(out), redirect_stderr(err)
        with patch.dict(os.environ, given), quick, streams[0], streams[1], streams[2]:
            status = main(list(arguments))
        return Ran(status, out.getvalue(), err.getvalue())

    def vault(self) -> Vault:
        return opened((self.path / "sealed.age").read_bytes(), PASSPHRASE)

    def shown(self, name: str = "main") -> Snapshot:
        """What a target shows."""
        return snapshot_from(json.loads((self.places[name] / "status.json").read_bytes()))


def make_published(**values: Any) -> Snapshot:
    """A page that the application published ten minutes ago, before it died."""
    at = datetime.now(UTC) - timedelta(minutes=10)
    page = make_page(url="https://status.acme.example", keys=Keys(APPLICATION.public, ""))
    made = make_demo(page=page, incidents=(), maintenances=(), **values)
    return replace(made, generated_at=at, good_until=at + timedelta(seconds=150))


def files_of(snapshot: Snapshot, signer: Signer = APPLICATION) -> dict[str, bytes]:
    """Every file of a release."""
    files = render(snapshot, make_documents(snapshot))
    return {**files, "status.json.sig": signer.sign(files["status.json"])}


def publish(kind: str, config: Mapping[str, Any], snapshot: Snapshot, signer: Signer = APPLICATION) -> None:
    """Publishes a whole release as the application does."""
    files = files_of(snapshot, signer)
    bundle = Bundle(
        page_id=snapshot.page.id,
        sequence=snapshot.sequence,
        changed=files,
        removed=(),
        all=lambda: files,
        signer=signer,
        previous=dict,
    )
    TARGETS[kind].parse(config).publish(bundle)


def configuration(targets: Sequence[str], url: str = DEAD_URL) -> str:
    """What `init` is given."""
    head = f'page_url = "{url}"\npage_id = "page00000000"\napplication_key = "{APPLICATION.public}"\n'
    return head + "".join(f"[[targets]]\n{target}\n" for target in targets)


# Of each file that no test has touched: its number and the time of its last change, which nobody can set.
_untouched: dict[Path, tuple[int, int] | None] = {}


def fresh(kit: Kit, pristine: Path) -> Kit:
    """The same folder as on its first day, and its targets too: as they were copied to `pristine`.

    It holds two whole pages, of which a test changes little: only that is taken away or copied again.
    """
    _restore(kit.path.parent, pristine)
    # Whatever changes from now on has a later time.
    time.sleep(0.01)
    return kit


def _restore(folder: Path, pristine: Path) -> None:
    wanted = {entry.name: entry for entry in os.scandir(pristine)}
    for entry in list(os.scandir(folder)):
        found = wanted.get(entry.name)
        if found is None or found.is_dir() != entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry) if entry.is_dir(follow_symlinks=False) else Path(entry).unlink()
    for name, source in wanted.items():
        if source.is_dir():
            (folder / name).mkdir(exist_ok=True)
            _restore(folder / name, Path(source))
        elif (mark := _mark(folder / name)) is None or mark != _untouched.get(folder / name):
            (folder / name).unlink(missing_ok=True)
            shutil.copy2(source, folder / name)
            _untouched[folder / name] = _mark(folder / name)
    shutil.copystat(pristine, folder)


def _mark(path: Path) -> tuple[int, int] | None:
    """None where there is nothing."""
    with suppress(FileNotFoundError):
        found = path.lstat()
        return found.st_ino, found.st_ctime_ns
    return None


def make_kit(
    folder: Path,
    *names: str,
    published: Snapshot | None = None,
    more: Sequence[str] = (),
    url: str = DEAD_URL,
) -> Kit:
    """A sealed folder for folders of these names, each holding a release and a private place beside."""
    snapshot = published or make_published()
    places = {name: folder / name for name in names}
    targets = []
    for name, path in places.items():
        path.mkdir()
        private = folder / f"{name}-private"
        publish("directory", {"path": str(path), "private_path": str(private)}, snapshot)
        targets.append(f'name = "{name}"\nkind = "directory"\npath = "{path}"\nprivate_path = "{private}"')
    (folder / "config.toml").write_text(configuration([*targets, *more], url))
    kit = Kit(folder / "kit", places)
    made = kit.run("init", "--config", str(folder / "config.toml"), "--out", str(kit.path))
    assert made.status == 0, made.err
    return kit
