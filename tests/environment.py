"""The environment: the variables that settings.py reads, and what other processes of a test are told."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

SETTINGS = (Path(__file__).resolve().parents[1] / "statuspage" / "settings.py").read_text()


def settings_names() -> set[str]:
    """Their names."""
    return set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", SETTINGS))


def database_url() -> str:
    """The database of this very test, for processes that it starts."""
    name = connection.settings_dict["NAME"]
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
