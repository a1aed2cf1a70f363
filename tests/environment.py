"""The variables that settings.py reads from the environment."""

import re
from pathlib import Path

SETTINGS = (Path(__file__).resolve().parents[1] / "statuspage" / "settings.py").read_text()


def settings_names() -> set[str]:
    """Their names."""
    return set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", SETTINGS))
