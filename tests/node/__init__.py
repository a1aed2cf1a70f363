"""Other people's JavaScript (package.json) and the HTML checker, run on what we publish."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VNU = HERE / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


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


def html_errors(files: Iterable[Path]) -> list[str]:
    """What the Nu HTML checker has against the files: errors alone."""
    done = subprocess.run(
        ["java", "-jar", str(VNU), "--format", "json", "--exit-zero-always", *map(str, files)],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    messages = json.loads(done.stderr)["messages"]
    return [
        f"{Path(message.get('url', '')).name}:{message.get('lastLine', 0)}: {message['message']}"
        for message in messages
        if message["type"] != "info" or message.get("subType") == "warning"
    ]
