"""docker-compose.yml as Compose itself reads it: merged, and with its variables filled in."""

import re
import shlex
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::[-?](?P<default>[^}]*))?\}")
DECLARED = re.compile(r"^(?P<name>[A-Z_]+)=(?P<value>.*)$", re.M)


def example() -> dict[str, str]:
    """The variables of .env.example."""
    return {found["name"]: found["value"] for found in DECLARED.finditer(EXAMPLE.read_text())}


def variables() -> set[str]:
    """The names of the variables that the file takes from .env."""
    return {found["name"] for found in VARIABLE.finditer(COMPOSE.read_text())}


def merged() -> dict[str, Any]:
    """The whole file: .env.example's values in place of variables, "filled" where one is empty."""
    values = example()
    text = VARIABLE.sub(lambda found: values[found["name"]] or "filled", COMPOSE.read_text())
    whole: dict[str, Any] = yaml.safe_load(text)
    return whole


def services() -> dict[str, dict[str, Any]]:
    """Every service."""
    found: dict[str, dict[str, Any]] = merged()["services"]
    return found


def ours() -> dict[str, dict[str, Any]]:
    """The services that run our image."""
    return {name: service for name, service in services().items() if "build" in service}


def words(command: str | list[str]) -> list[str]:
    """A command as its words."""
    return shlex.split(command) if isinstance(command, str) else command
