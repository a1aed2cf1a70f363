"""The tool against folders, with no network at all: what customers then see, and what it refuses."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from monitors.status import Status
from statuspage.emergency.log import lines
from statuspage.publish import claimed_by
from statuspage.publish.state import decoded
from statuspage.signing import Role, verify
from statuspage.snapshot import Keys
from tests.emergency.kit import STRANGER, Kit, files_of, make_published, publish

POST = ("post", "--title", "Everything is down", "--en", "We know.", "--component", "Cards=major")


def test_a_post_is_on_every_target_signed_and_marked(kit: Kit) -> None:
    ran = kit.run(*POST, "--yes")
    assert ran.status == 0, ran.err
    assert "2 of 2 targets show it." in ran.out
    key = kit.vault().signer.public
    for place in kit.places.values():
        document, signature = (place / "status.json").read_bytes(), (place / "status.json.sig").read_bytes()
        assert verify(key, document, signature)
        state = decoded((place / "sequence.json").read_bytes())
        assert claimed_by(state, Keys("", key)) == Role.EMERGENCY
    shown = kit.shown()
    assert shown.sequence == 42
    assert (shown.incidents[0].title.en, shown.incidents[0].updates[0].emergency) == (
        "Everything is down",
        True,
    )
    assert "Everything is down" in (kit.places["main"] / "index.html").read_text()
    page = kit.places["main"] / "incidents" / shown.incidents[0].id / "index.html"
    assert "We know." in page.read_text()


def test_an_update_then_the_end_of_it(kit: Kit) -> None:
    kit.run(*POST, "--yes")
    assert kit.run("update", "--status", "identified", "--fr", "On répare.", "--yes").status == 0
    assert kit.run("resolve", "everything", "--en", "Fixed.", "--yes").status == 0
    incident = kit.shown().incidents[0]
    assert [update.status for update in incident.updates] == ["resolved", "identified", "investigating"]
    cards = next(each for each in kit.shown().components if each.id == incident.component_ids[0])
    assert cards.status == Status.OPERATIONAL
    assert kit.run("update", "--en", "More", "--yes").status == 1


def test_a_component_is_what_a_person_says(kit: Kit) -> None:
    assert kit.run("component", "Cards", "partial", "--yes").status == 0
    shown = kit.shown()
    cards = next(each for each in shown.components if each.name.en == "Cards")
    assert cards.status == Status.PARTIAL_OUTAGE
    assert shown.emergency
    assert shown.emergency.declared[0].component_id == cards.id


def test_one_dead_target_stops_no_other(kit: Kit) -> None:
    shutil.rmtree(kit.places["second"])
    ran = kit.run(*POST, "--yes")
    assert ran.status == 3
    assert kit.shown().sequence == 42
    assert "There is no folder" in ran.err
    assert "waiting-page" in ran.err
    assert not kit.places["second"].exists()


def test_what_could_not_be_reached_is_brought_up_to_date_later(kit: Kit, tmp_path: Path) -> None:
    kit.places["second"].rename(tmp_path / "away")
    kit.run(*POST, "--yes")
    (tmp_path / "away").rename(kit.places["second"])
    assert kit.run("waiting-page", "--yes").status == 0
    incident = kit.shown("second").incidents[0]
    assert incident.title.en == "Everything is down"
    assert (kit.places["second"] / "incidents" / incident.id / "index.html").exists()


def test_a_dry_run_changes_nothing(kit: Kit) -> None:
    ran = kit.run(*POST, "--dry-run")
    assert (ran.status, kit.shown().sequence) == (0, 41)
    assert "major outage" in ran.out
    assert not list(lines(kit.path / "work"))


def test_without_a_yes_nothing_is_published(kit: Kit) -> None:
    ran = kit.run(*POST)
    assert (ran.status, kit.shown().sequence) == (1, 41)
    assert "--yes" in ran.err


def test_everything_done_is_in_the_log_and_no_secret_is(kit: Kit) -> None:
    kit.run(*POST, "--yes")
    said = list(lines(kit.path / "work"))
    assert [line["did"] for line in said] == ["agreed", "published", "published"]
    content = (kit.path / "work" / "log.jsonl").read_text()
    assert kit.vault().signing not in content
    assert (kit.path / "work" / "log.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_forged_page_is_refused_with_what_to_do(kit: Kit) -> None:
    forged = replace(make_published(), sequence=99)
    for place in kit.places.values():
        shutil.rmtree(place)
        publish("directory", {"path": str(place)}, forged, STRANGER)
    ran = kit.run(*POST, "--yes")
    assert ran.status == 1
    assert "signed by nobody whom we know" in ran.err
    assert "--from" in ran.err
    assert kit.shown().sequence == 99


def test_a_forged_higher_page_beside_a_genuine_one_is_neither_used_nor_overwritten(kit: Kit) -> None:
    second = kit.places["second"]
    shutil.rmtree(second)
    forged = replace(make_published(), sequence=10**12)
    publish("directory", {"path": str(second)}, forged, STRANGER)
    ran = kit.run(*POST, "--yes")
    assert ran.status == 3
    assert kit.shown("main").sequence == 42
    assert kit.shown("second").sequence == 10**12
    assert "Somebody whom this tool does not know" in ran.err


def test_a_person_may_trust_what_nobody_signed(kit: Kit) -> None:
    for place in kit.places.values():
        shutil.rmtree(place)
        publish("directory", {"path": str(place)}, replace(make_published(), sequence=99), STRANGER)
    assert kit.run(*POST, "--trust").status == 1
    assert kit.run(*POST, "--trust", "--yes").status == 0
    assert kit.shown().sequence == 100


def test_show_looks_at_what_nobody_signed_only_with_trust_and_changes_nothing(kit: Kit) -> None:
    for place in kit.places.values():
        shutil.rmtree(place)
        publish("directory", {"path": str(place)}, replace(make_published(), sequence=99), STRANGER)
    assert kit.run("show").status == 1
    ran = kit.run("show", "--trust", "--yes")
    assert ran.status == 0, ran.err
    assert "99" in ran.out
    assert kit.shown().sequence == 99


@pytest.mark.parametrize("patience", ["0", "-1", "many", "3601"])
def test_patience_is_a_number_of_seconds(kit: Kit, patience: str) -> None:
    with pytest.raises(SystemExit) as ended:
        kit.run("show", f"--patience={patience}")
    assert ended.value.code == 2


def test_an_old_genuine_copy_never_wins(kit: Kit) -> None:
    kit.run(*POST, "--yes")
    old = files_of(make_published())
    for name in ("status.json", "status.json.sig"):
        (kit.places["main"] / name).write_bytes(old[name])
    kit.run("update", "--en", "Still.", "--yes")
    assert len(kit.shown("main").incidents[0].updates) == 2
    assert kit.shown("main").sequence == 43


def test_a_half_written_target_is_mended_from_the_other(kit: Kit) -> None:
    (kit.places["main"] / "status.json").write_bytes(b'{"version":1')
    assert kit.run(*POST, "--yes").status == 0
    assert kit.shown("main").sequence == 42


def test_half_written_targets_alone_are_mended_from_what_was_last_seen(kit: Kit) -> None:
    kit.run("show")
    for place in kit.places.values():
        (place / "status.json.sig").write_bytes(b"x" * 64)
    assert kit.run(*POST, "--yes").status == 0
    assert kit.shown("main").sequence == 42


def test_emptied_targets_are_filled_from_a_local_copy(kit: Kit, tmp_path: Path) -> None:
    for name in ("status.json", "status.json.sig"):
        shutil.copy(kit.places["main"] / name, tmp_path / name)
    for place in kit.places.values():
        shutil.rmtree(place)
        place.mkdir()
    ran = kit.run(*POST, "--yes", "--from", str(tmp_path / "status.json"))
    assert ran.status == 0, ran.err
    assert kit.shown().incidents[0].title.en == "Everything is down"


def test_nothing_anywhere_is_explained(kit: Kit) -> None:
    for place in kit.places.values():
        shutil.rmtree(place)
    ran = kit.run("show")
    assert ran.status == 1
    assert "There is no folder" in ran.err
    assert "--from" in ran.err


def test_the_page_of_somebody_else_is_refused(kit: Kit) -> None:
    other = make_published()
    other = replace(other, page=replace(other.page, id="anotherpage0"))
    for place in kit.places.values():
        shutil.rmtree(place)
        publish("directory", {"path": str(place)}, other)
    ran = kit.run("show")
    assert ran.status == 1
    assert "another page" in ran.err


def test_the_second_of_two_people_overwrites_nothing(kit: Kit) -> None:
    """Both read release 41; the other one is through first."""
    from statuspage.emergency import places, publishing

    vault = kit.vault()
    told = places.targets(vault)
    kit.run(*POST, "--yes")
    late = replace(make_published(), sequence=42)
    outcomes = publishing.publish(vault, told, late, trust=False)
    assert all(outcome.superseded for outcome in outcomes)
    assert outcomes[0].trouble is not None
    assert "release 42" in outcomes[0].trouble.sentence
    assert kit.shown().incidents[0].title.en == "Everything is down"


def test_show_tells_of_every_target_and_fails_of_none(kit: Kit) -> None:
    kit.run(*POST, "--yes")
    out = kit.run("show").out
    assert out.count("signed by the emergency tool") == 2
    assert "Everything is down: investigating" in out
    assert "Cards: major outage" in out


def test_waiting_pages_go_to_a_folder_of_choice(kit: Kit, tmp_path: Path) -> None:
    kit.run(*POST, "--yes")
    assert kit.run("waiting-page", "--out", str(tmp_path / "out")).status == 0
    assert "Everything is down" in (tmp_path / "out" / "outage" / "503.html").read_text()
    assert kit.shown().sequence == 42


def test_a_rollback_brings_back_what_was_before(kit: Kit) -> None:
    kit.run(*POST, "--yes")
    before = (kit.places["main"] / "index.html").read_bytes()
    kit.run("update", "--en", "Wrong words", "--yes")
    assert "42" in kit.run("rollback", "--list").out
    ran = kit.run("rollback", "42", "--yes")
    assert ran.status == 0, ran.err
    assert (kit.places["main"] / "index.html").read_bytes() == before
    state = json.loads((kit.places["main"] / "sequence.json").read_bytes())
    assert state["sequence"] == 44


def test_after_a_rollback_one_goes_on(kit: Kit) -> None:
    kit.run(*POST, "--yes")
    kit.run("update", "--en", "Wrong words", "--yes")
    kit.run("rollback", "42", "--yes")
    ran = kit.run("update", "--en", "Right words", "--yes")
    assert ran.status == 0, ran.err
    assert [update.body.en for update in kit.shown().incidents[0].updates] == ["Right words", "We know."]
    assert kit.shown().sequence == 45


@pytest.mark.parametrize("what", ["--title", "--en"])
def test_hostile_words_reach_the_page_as_words_and_the_terminal_not_at_all(kit: Kit, what: str) -> None:
    hostile = "<script>alert(1)</script>\x1b[2J\u202e [x](javascript:alert(1))"
    given = {"--title": "Down", "--en": "We know.", what: hostile}
    ran = kit.run("post", *(part for pair in given.items() for part in pair), "--yes")
    assert ran.status == 0
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    pages = "".join(path.read_text() for path in kit.places["main"].rglob("*.html"))
    assert "<script>alert(1)" not in pages
    assert 'href="javascript' not in pages


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("post", "--title", "x" * 201, "--en", "y"), "at most 200"),
        (("post", "--title", "x"), "at least one language"),
        (("post", "--title", "x", "--en", "y", "--component", "Nothing=major"), "no component “Nothing”"),
        (("post", "--title", "x", "--en", "y", "--component", "Checkout=broken"), "no status"),
        (("post", "--title", "x", "--en", "y", "--component", "Checkout"), "NAME=STATUS"),
        (("post", "--title", "x", "--en", "y", "--valid-for", "3 weeks"), "90m, 4h or 2d"),
        (("post", "--title", "x", "--en", "y", "--status", "gone"), "no status of an incident"),
        (("update", "--en", "y"), "no such open incident"),
        (("post", "--file", "/nowhere/at/all"), "cannot be read"),
        (("component", "C", "ok"), "several components"),
    ],
)
def test_what_cannot_be_posted_says_why(kit: Kit, arguments: tuple[str, ...], sentence: str) -> None:
    ran = kit.run(*arguments, "--yes")
    assert ran.status == 1
    assert sentence in ran.err
    assert kit.shown().sequence == 41


def test_words_come_from_a_file_or_standard_input(kit: Kit) -> None:
    words = "[title en]\nDown\n[title fr]\nEn panne\n[en]\nWe know.\n\nMore.\n[fr]\nNous savons.\n"
    assert kit.run("post", "--file", "-", "--yes", stdin=words).status == 0
    incident = kit.shown().incidents[0]
    assert (incident.title.fr, incident.updates[0].body.en) == ("En panne", "We know.\n\nMore.")


def test_a_wrong_passphrase_is_said_and_nothing_is_done(kit: Kit) -> None:
    ran = kit.run(*POST, "--yes", EMERGENCY_PASSPHRASE="wrong horse battery")
    assert ran.status == 1
    assert "passphrase is wrong" in ran.err
    assert "wrong horse" not in ran.out + ran.err


def test_it_speaks_french(kit: Kit) -> None:
    ran = kit.run("show", "--lang", "fr")
    assert "Checkout\N{NO-BREAK SPACE}: panne majeure" in ran.out
    assert "release" not in ran.out


def test_a_folder_that_exists_is_never_overwritten(kit: Kit) -> None:
    sealed = (kit.path / "sealed.age").read_bytes()
    config = kit.path.parent / "config.toml"
    ran = kit.run("init", "--config", str(config), "--out", str(kit.path))
    assert ran.status == 1
    assert (kit.path / "sealed.age").read_bytes() == sealed


def test_the_keys_of_a_folder_survive_its_renewal(kit: Kit, tmp_path: Path) -> None:
    before = kit.vault()
    (tmp_path / "new").write_text("another long passphrase\n")
    config = (kit.path.parent / "config.toml").read_text().partition('[[targets]]\nname = "second"')[0]
    (tmp_path / "config.toml").write_text(config)
    ran = kit.run(
        "bundle", "--config", str(tmp_path / "config.toml"), "--new-passphrase-file", str(tmp_path / "new")
    )
    assert ran.status == 0, ran.err
    from statuspage.emergency.vault import opened

    after = opened((kit.path / "sealed.age").read_bytes(), "another long passphrase")
    assert (after.signing, str(after.identity)) == (before.signing, str(before.identity))
    assert [place.name for place in after.targets] == ["main"]
    assert (kit.path / "sealed.age").stat().st_mode & 0o777 == 0o600


def test_what_is_wrong_with_a_target_is_said_in_french_too(kit: Kit) -> None:
    shutil.rmtree(kit.places["second"])
    ran = kit.run(*POST, "--yes", "--lang", "fr")
    assert ran.status == 3
    assert "Il n’y a pas de dossier" in ran.err
