"""Other people's JavaScript (package.json) and the HTML checker, run on what we publish."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VNU = HERE / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
# It would fetch nothing from a server on this machine.
_LOOPBACK = "-Dnu.validator.servlet.allow-forbidden-hosts=true"


def run(script: str, *arguments: object) -> Any:
    """What a script beside this file (an ES module) prints as JSON, given the arguments."""
    done = subprocess.run(
        ["node", str(HERE / script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def html_errors(pages: Iterable[Path | str]) -> list[str]:
    """What the Nu HTML checker has against files or what is at addresses: errors and warnings."""
    done = subprocess.run(
        ["java", _LOOPBACK, "-jar", str(VNU), "--format", "json", "--exit-zero-always", *map(str, pages)],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    messages = json.loads(done.stderr)["messages"]
    return [
        f"{message.get('url', '')}:{message.get('lastLine', 0)}: {message['message']}"
        for message in messages
        if message["type"] != "info" or message.get("subType") == "warning"
    ]
