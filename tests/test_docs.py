import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_inside_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text()):
        assert (document.parent / target).exists(), target


def test_every_command_that_is_named_exists() -> None:
    for document in DOCUMENTS:
        for script in re.findall(r"\bscript/[a-z]+", document.read_text()):
            assert (ROOT / script).is_file(), f"{script} in {document.name}"


def test_every_file_that_is_named_in_contributing_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|md|toml))`", text)
    assert named
    places = [ROOT, ROOT / "statuspage", ROOT / "subscribers"]
    assert not [path for path in named if not any((place / path).is_file() for place in places)]


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
