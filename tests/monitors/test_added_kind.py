"""A kind that somebody adds: one file, one line, no migration; its form is there, and it is checked."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import database_url

ROOT = Path(__file__).parents[2]
APPS = ("statuspage", "incidents", "subscribers", "monitors")
KIND = '''
"""Pigeon: one is sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitors.network.guard import Allow
from monitors.probes.base import ConfigError, Field, Finding, Probe


@dataclass(frozen=True, slots=True)
class PigeonConfig:
    """How many."""

    pigeons: int


class PigeonProbe(Probe[PigeonConfig]):
    """A pigeon comes back."""

    kind = "pigeon"
    label = "Carrier pigeon"
    fields = (
        Field("pigeons", "Pigeons", "How many.", default="1"),
        Field("whistle", "Whistle", "What calls them back.", required=False, secret=True),
    )

    def read(self, values: Mapping[str, str], allow: Allow) -> PigeonConfig:
        """See Probe.read."""
        if not values["pigeons"].isdecimal():
            raise ConfigError("pigeons", "Write a number.")
        return PigeonConfig(int(values["pigeons"]))

    async def look(self, config: PigeonConfig, deadline: float, allow: Allow) -> Finding:
        """See Probe.look."""
        return Finding(facts={"pigeons": str(config.pigeons)})
'''
IMPORT = "from monitors.probes.pigeon import PigeonProbe\n"
LINE = '    "pigeon": PigeonProbe(),\n'
LOOK = """
import asyncio, json
from django.core.management import call_command
from monitors.network.guard import NOTHING
from monitors.models import Monitor
from monitors.forms.monitors import MonitorForm
from monitors.probes.batch import Checker, Item

async def check(config):
    return (await Checker(NOTHING).run(Item(1, "pigeon", config, 5))).to_json()

call_command("makemigrations", "--check", "--dry-run", verbosity=0)
kinds = [str(label) for kind, label in Monitor._meta.get_field("kind").flatchoices if kind == "pigeon"]
print(json.dumps({
    "label": kinds,
    "inputs": [name for name in MonitorForm.base_fields if name.startswith("pigeon-")],
    "good": asyncio.run(check({"pigeons": "3"}))["result"],
    "bad": asyncio.run(check({"pigeons": "many"}))["reason"],
}))
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the code, with one kind more."""
    for app in (*APPS, "static", "templates"):
        shutil.copytree(ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    probes = tmp_path / "monitors" / "probes"
    (probes / "pigeon.py").write_text(KIND.lstrip())
    dictionary = (probes / "__init__.py").read_text()
    opening = "PROBES: dict[str, Probe[Any]] = {\n"
    assert dictionary.count(opening) == 1
    added = dictionary.replace(opening, IMPORT + opening + LINE)
    (probes / "__init__.py").write_text(added)
    return tmp_path


@pytest.mark.slow
@pytest.mark.django_db
def test_a_kind_is_one_file_and_one_line_and_needs_no_migration(tree: Path) -> None:
    looked = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "shell", "-v", "0", "-c", LOOK],
        cwd=tree,
        env={**os.environ, "DATABASE_URL": database_url(), "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    # makemigrations --check ends with 1 where there is anything to migrate.
    assert looked.returncode == 0, looked.stderr + looked.stdout
    assert json.loads(looked.stdout.splitlines()[-1]) == {
        "label": ["Carrier pigeon"],
        "inputs": ["pigeon-pigeons", "pigeon-whistle", "pigeon-whistle-remove"],
        "good": "up",
        "bad": "config",
    }
