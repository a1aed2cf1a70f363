"""script/server --restore: a backup made beside a running server begins a new one elsewhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.embedded.test_server import OURS, ROOT, Server, free_port, status

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("server")]


def test_a_backup_of_a_running_server_begins_a_new_one(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    old, new, file = tmp_path / "old" / "var", tmp_path / "new" / "var", tmp_path / "backup.zip"
    for state in (old, new):
        state.parent.mkdir(mode=0o711)
    first = Server(old, free_port())
    first.until_ready()
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    made = subprocess.run(
        [sys.executable, "manage.py", "backup", str(file)],
        cwd=ROOT,
        env=clean | {"STATE_DIR": str(old)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    first.stop()

    refused = Server(new, free_port(), "--restore", str(file))
    refused.process.wait()
    assert "DATA_KEYS lacks 1 of the keys" in refused.said

    shutil.rmtree(new)
    shutil.copytree(old / "keys", new / "keys", ignore=shutil.ignore_patterns("environment.json"))
    second = Server(new, free_port(), "--restore", str(file))
    second.until_ready()
    assert "Restored as of" in second.said
    # The owner was restored: no first sign-in is made up.
    assert "First sign-in" not in second.said
    assert status(second.port, "/") == 200
    second.stop()
