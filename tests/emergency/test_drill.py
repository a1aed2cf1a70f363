"""A rehearsal does everything, and nothing real."""

from pathlib import Path

import pytest

from statuspage.emergency import drill
from tests.emergency.kit import Kit
from tests.emergency.told import Teller, leave_list, private, reader


def state(kit: Kit) -> dict[str, bytes]:
    """Every file at every target, public and private."""
    return {
        str(path): path.read_bytes()
        for place in kit.places.values()
        for folder in (place, place.with_name(f"{place.name}-private"))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def rehearse(
    kit: Kit, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Teller:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    # Port 9: whoever sends real mail fails.
    return Teller(kit, 9, capsys)


def test_it_shows_the_page_and_mails_the_list_and_leaves_nothing(
    kit: Kit, rehearse: Teller, tmp_path: Path
) -> None:
    leave_list(kit, *map(reader, range(50)), reader(99, channel="webhook", address="https://example.com/"))
    before = state(kit)

    ran = rehearse(command=drill)

    assert ran.status == 0, ran.err
    assert "50 of 50 mails" in ran.out
    assert "Page shown" in ran.out
    assert state(kit) == before
    assert list(tmp_path.iterdir()) == []
    assert not (kit.path / "work" / "journal.jsonl").exists()


def test_it_goes_on_without_a_list(kit: Kit, rehearse: Teller) -> None:
    ran = rehearse(command=drill)

    assert ran.status == 0
    assert "no list" in ran.err
    assert "1000 of 1000 mails" in ran.out


def test_so_many_people_can_be_invented(kit: Kit, rehearse: Teller) -> None:
    leave_list(kit, reader(1))

    assert "20 of 20 mails" in rehearse("--people", "20", command=drill).out


def test_the_real_journal_is_not_touched(kit: Kit, rehearse: Teller) -> None:
    journal = kit.path / "work" / "journal.jsonl"
    journal.write_text("as it was")

    rehearse("--people", "5", command=drill)

    assert journal.read_text() == "as it was"
    assert private(kit).get("emergency/journal.json") is None
