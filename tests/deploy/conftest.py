import re

import pytest

from tests.deploy.compose import ROOT


@pytest.fixture(scope="session")
def settings_names() -> set[str]:
    """The names that settings.py reads from the environment."""
    source = (ROOT / "statuspage" / "settings.py").read_text()
    return set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", source))
