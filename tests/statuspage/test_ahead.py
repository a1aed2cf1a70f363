"""A target that is ahead of us: only what is ours is overwritten; what an emergency said is taken over."""

import io
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from incidents.models import Update
from monitors.models import Page
from statuspage import releases
from statuspage.installation import installation
from statuspage.models import File, Release, Target
from statuspage.publish import TARGETS, Bundle, claimed_by, undo
from statuspage.push import behind, keys, push
from statuspage.signing import Role, Signer
from tests.emergency.scene import NOW, Scene, post, said
from tests.make import make_component, make_page
from tests.statuspage.test_releases import make_incident

pytestmark = pytest.mark.django_db(transaction=True)
FORGER = Signer.of(Role.APPLICATION, "B" * 43 + "=")


@dataclass
class Place:
    """A page with one folder that it is published to."""

    page: Page
    target: Target
    folder: Path
    now: datetime

    def release(self) -> Release:
        self.now += timedelta(seconds=60)
        made = releases.make(self.page, self.now, installation())
        assert made is not None
        return made

    def push(self) -> bool:
        self.now += timedelta(seconds=31)
        done = push(self.target, self.now, installation())
        self.target.refresh_from_db()
        return done

    def sequence(self) -> int:
        found = json.loads((self.folder / "heartbeat.json").read_bytes())["sequence"]
        assert isinstance(found, int)
        return found

    def forge(self, sequence: int, signer: Signer | None = None) -> None:
        """Somebody else publishes there."""
        files = {"index.html": b"<!doctype html>forged", "heartbeat.json": b'{"sequence": %d}' % sequence}
        place = TARGETS["directory"].parse({"path": str(self.folder)})
        place.publish(Bundle(self.page.public_id, sequence, files, (), lambda: files, signer=signer))

    def index(self) -> bytes:
        return (self.folder / "index.html").read_bytes()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    page = make_page()
    make_component(page)
    folder = tmp_path / "public"
    target = Target.objects.create(page=page, name="Copy", kind="directory", config={"path": str(folder)})
    made = Place(page, target, folder, timezone.now())
    made.release()
    assert made.push()
    return made


def adopt(*words: str) -> str:
    said = io.StringIO()
    call_command("adopt", *words, stdout=said)
    return said.getvalue()


def restore(place: Place, sequence: int) -> None:
    """The database of a backup made when `sequence` was the newest release and at the target."""
    Release.objects.filter(page=place.page, sequence__gt=sequence).delete()
    File.objects.filter(page=place.page, since__gt=sequence).delete()
    File.objects.filter(page=place.page, until__gt=sequence).update(until=None)
    Target.objects.filter(pk=place.target.pk).update(sequence=sequence, retry_at=place.now)


@pytest.mark.parametrize("signer", [None, FORGER], ids=["unsigned", "signed by a key that nobody knows"])
def test_a_forged_higher_sequence_is_refused_and_alarmed(
    place: Place, signer: Signer | None, caplog: pytest.LogCaptureFixture
) -> None:
    place.forge(7, signer)
    place.release()
    assert not place.push()
    assert b"forged" in place.index()
    assert "nobody we know signed it" in place.target.alarm["message"]
    assert any(record.levelname == "ERROR" and "ALARM" in record.message for record in caplog.records)


def test_a_forged_sequence_is_still_refused_when_ours_has_grown_beyond_it(place: Place) -> None:
    place.forge(4)
    for _ in range(6):
        place.release()
        assert not place.push()
    assert b"forged" in place.index()
    assert place.target.alarm


@pytest.mark.parametrize("sequence", [1, 7])
def test_who_says_to_be_the_emergency_tool_without_its_key_is_alarmed_and_adopted(
    place: Place, sequence: int
) -> None:
    there = place.folder / "sequence.json"
    claim = json.loads(there.read_bytes()) | {"by": "emergency", "sequence": sequence, "release": "x"}
    there.write_text(json.dumps(claim))
    place.release()
    assert not place.push()
    assert "nobody we know signed it" in place.target.alarm["message"]
    assert "Adopted" in adopt("Copy", "--yes")


def test_an_alarm_is_not_looked_at_every_second(place: Place) -> None:
    place.forge(7)
    place.release()
    assert not place.push()
    assert not behind(place.now + timedelta(seconds=1)).exists()


def test_staff_adopt_what_was_forged_and_the_page_goes_on_above_it(place: Place) -> None:
    place.forge(70)
    place.release()
    assert not place.push()
    assert "release 71 is there now" in adopt("Copy", "--yes")
    place.target.refresh_from_db()
    assert (place.target.alarm, place.target.error, place.sequence()) == ({}, "", 71)
    assert b"forged" not in place.index()


def test_a_target_that_was_emptied_after_an_alarm_heals_by_itself(place: Place) -> None:
    place.forge(70)
    place.release()
    assert not place.push()
    for path in place.folder.rglob("*"):
        if path.is_file():
            path.unlink()
    assert place.push()
    assert place.target.alarm == {}


def test_a_restored_database_waits_for_staff_and_is_adopted_by_command(place: Place) -> None:
    for _ in range(4):
        place.release()
        assert place.push()
    restore(place, 2)
    place.release()
    assert not place.push()
    assert place.sequence() == 5
    assert "manage.py adopt Copy" in place.target.error
    adopt("Copy", "--yes")
    assert place.sequence() > 5
    place.release()
    assert place.push()


def test_a_restored_database_waits_even_once_it_has_overtaken_the_target(place: Place) -> None:
    for _ in range(3):
        place.release()
        assert place.push()
    restore(place, 1)
    for _ in range(6):
        place.release()
    assert not place.push()
    assert place.sequence() == 4


def test_a_publication_that_nobody_wrote_down_is_known_as_ours(place: Place) -> None:
    """The worker was killed between the last file and its own note."""
    made = place.release()
    assert place.push()
    Target.objects.filter(pk=place.target.pk).update(sequence=made.sequence - 1)
    place.release()
    assert place.push()
    assert place.target.alarm == {}


def test_an_older_copy_that_was_put_back_is_brought_up(place: Place) -> None:
    before = {path: path.read_bytes() for path in place.folder.rglob("*") if path.is_file()}
    place.release()
    assert place.push()
    for path, content in before.items():
        path.write_bytes(content)
    made = place.release()
    assert place.push()
    assert place.sequence() == made.sequence


@pytest.mark.parametrize("meanwhile", [0, 3])
def test_an_emergency_post_is_taken_over_before_anything_is_overwritten(
    tmp_path: Path, meanwhile: int
) -> None:
    scene = Scene(tmp_path)
    scene.component()
    target = Target.objects.create(page=scene.page, name="Copy", kind="directory", config=scene.config)
    place = Place(scene.page, target, tmp_path / "public", NOW)
    place.release()
    assert place.push()
    scene.say(post(scene.stands(), said(at=place.now)), place.now)
    # The application is not wholly out: it goes on making releases, higher than the emergency's.
    for _ in range(1 + meanwhile):
        place.release()
    assert not place.push()
    assert Update.objects.filter(emergency=True).count() == 1
    assert scene.stands().emergency is not None
    assert releases.due(scene.page, place.now)
    place.release()
    assert place.push()
    standing = scene.stands()
    assert standing.emergency is None
    assert [update.emergency for update in standing.incidents[0].updates] == [True]
    place.release()
    assert place.push()
    assert Update.objects.filter(emergency=True).count() == 1


def test_an_emergency_ends_a_rollback(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.component()
    target = Target.objects.create(page=scene.page, name="Copy", kind="directory", config=scene.config)
    place = Place(scene.page, target, tmp_path / "public", NOW)
    old = place.release()
    assert place.push()
    assert releases.roll_back(scene.page, old.sequence, place.now)
    assert place.push()
    scene.say(post(scene.stands(), said(at=place.now)), place.now)
    Target.objects.filter(pk=target.pk).update(sequence=0)
    assert not place.push()
    place.release()
    assert place.push()
    assert scene.stands().incidents[0].updates[0].emergency


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["Nowhere"], "There is no target 'Nowhere'. There are: 'Copy'."),
        (["Copy", "--page", "nowhere.example"], "There is no page 'nowhere.example'"),
        (["Copy"], "there is nothing to adopt"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(place: Place, words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence.replace("(", r"\(")):
        adopt(*words, "--yes")


def test_a_name_that_several_targets_have_asks_for_the_page(place: Place) -> None:
    other = make_page()
    Target.objects.create(page=other, name="Copy", kind="directory", config={"path": "/srv/other"})
    with pytest.raises(CommandError, match="Add --page with one of"):
        adopt("Copy", "--yes")
    with pytest.raises(CommandError, match="nothing to adopt"):
        adopt("Copy", "--page", place.page.domain, "--yes")


def test_nothing_is_adopted_without_a_yes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.forge(7)
    monkeypatch.setattr("builtins.input", lambda _question: "")
    with pytest.raises(CommandError, match="Nothing was changed"):
        adopt("Copy")
    assert b"forged" in place.index()


def test_a_sequence_that_cannot_be_is_not_adopted(place: Place) -> None:
    place.forge(7)
    said: dict[str, Any] = json.loads((place.folder / "sequence.json").read_bytes())
    (place.folder / "sequence.json").write_text(json.dumps(said | {"sequence": 10**30, "whole": 10**30}))
    with pytest.raises(CommandError, match="Empty this target"):
        adopt("Copy", "--yes")


def test_what_is_published_is_signed_and_can_be_undone_without_the_database(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    component = scene.component()
    target = Target.objects.create(page=scene.page, name="Copy", kind="directory", config=scene.config)
    place = Place(scene.page, target, tmp_path / "public", NOW)
    place.release()
    assert place.push()
    calm = place.index()
    make_incident(scene.page, component, place.now)
    for _ in range(3):
        place.release()
        assert place.push()
    found, private = scene.target.state(), scene.target.private
    assert found is not None
    assert private is not None
    assert claimed_by(found, keys(target, installation())) is Role.APPLICATION
    assert [name for name in private.names("releases/") if name.endswith(".zip")] == [
        "releases/000000000002.zip"
    ]
    assert undo.steps_back(private, found, 1).changed["index.html"] == calm
