"""One sealed folder for all tests of a run (its keys cost seconds), as new for each of them."""

import shutil
from pathlib import Path

import pytest

from tests.emergency.kit import Kit, fresh, make_kit


@pytest.fixture(scope="session")
def sealed_kit(tmp_path_factory: pytest.TempPathFactory) -> tuple[Kit, Path]:
    folder = tmp_path_factory.mktemp("emergency") / "world"
    folder.mkdir()
    kit = make_kit(folder, "main", "second")
    return kit, Path(shutil.copytree(folder, folder.with_name("pristine")))


@pytest.fixture
def kit(sealed_kit: tuple[Kit, Path]) -> Kit:
    return fresh(*sealed_kit)
