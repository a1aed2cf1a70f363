import re
from pathlib import Path

from tests.environment import SETTINGS, settings_names

DOCUMENTED = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text()


def test_every_variable_that_settings_read_is_documented() -> None:
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", DOCUMENTED, re.M)) == settings_names()


def test_settings_read_the_environment_in_one_way_only() -> None:
    assert "os.environ" not in SETTINGS
    assert not re.search(r"\benv\(", SETTINGS)
