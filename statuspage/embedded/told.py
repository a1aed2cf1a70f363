"""What the server told its children, kept for `manage.py`, so that commands work beside it.

Only what the server itself decided: what came from the environment has to be there again, and no
secret is written (keys are named by their files).
"""

import json
import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

NAME = "environment.json"


def tell(state: Path, env: Mapping[str, str]) -> None:
    """Keeps what differs from our own environment, readable by us alone."""
    ours = {name: value for name, value in env.items() if os.environ.get(name) != value}
    file = state / "keys" / NAME
    file.parent.mkdir(mode=0o700, exist_ok=True)
    file.write_text(json.dumps(ours))


def hear(root: Path, env: MutableMapping[str, str]) -> None:
    """Takes over what the server of `root` (or of STATE_DIR) told; what is set already stays."""
    file = Path(env.get("STATE_DIR") or root / "var") / "keys" / NAME
    try:
        told = json.loads(file.read_text())
    except (OSError, ValueError):
        return
    for name, value in told.items():
        env.setdefault(name, value)
