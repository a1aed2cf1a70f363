"""Several targets, of which the tool reached some: the application takes over once and makes them equal."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from incidents.models import Update
from monitors.status import Status
from statuspage import releases
from statuspage.emergency import changes
from statuspage.emergency.account import Entry, Fate
from statuspage.installation import installation
from statuspage.models import Target
from statuspage.push import behind, look, push, settled
from subscribers.models import Delivery, DeliveryState
from tests.emergency.scene import NOW, Scene, minutes, post, said
from tests.incidents.make import make_subscriber

# As often as the beat has it (celery.py).
LOOKS = timedelta(seconds=20)
pytestmark = pytest.mark.django_db(transaction=True)


class World:
    """One page with two folders, and the turns of the application's beat."""

    def __init__(self, folder: Path) -> None:
        self.main = Scene(folder / "main")
        self.second = Scene(folder / "second", self.main.page)
        self.component = self.main.component()
        self.now = NOW
        for name, scene in {"main": self.main, "second": self.second}.items():
            Target.objects.create(page=scene.page, name=name, kind="directory", config=scene.config)

    def turns(self, number: int = 8) -> Iterator[datetime]:
        """What the beat does every few seconds: a release where one is due, and all that is behind."""
        for _turn in range(number):
            self.now += timedelta(seconds=5)
            if releases.due(self.main.page, self.now):
                releases.make(self.main.page, self.now, installation())
            for target in behind(self.now):
                push(target, self.now, installation())
            if (self.now - NOW) % LOOKS < timedelta(seconds=5):
                for target in settled():
                    look(target, self.now, installation())
            yield self.now

    def live(self, number: int = 8) -> None:
        for _now in self.turns(number):
            pass

    def files(self, scene: Scene) -> dict[str, bytes]:
        public = scene.folder / "public"
        found = {path.relative_to(public): path for path in public.rglob("*") if path.is_file()}
        return {
            str(name): path.read_bytes()
            for name, path in found.items()
            if name.parts[0] != ".publishing" and str(name) != "sequence.json"
        }


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.live()
    assert world.files(world.main) == world.files(world.second)
    return world


def test_what_reached_one_target_alone_is_told_once_and_both_end_equal(world: World) -> None:
    make_subscriber(world.main.page)
    first = said(at=world.now, components=[(world.component, Status.MAJOR_OUTAGE)])
    there = world.main.say(post(world.main.stands(), first, "incident0001"), world.now)
    world.main.say(changes.updated(there, "incident0001", said("monitoring", world.now)), world.now)

    world.live()

    assert Update.objects.filter(emergency=True).count() == 2
    assert world.files(world.main) == world.files(world.second)
    for scene in (world.main, world.second):
        standing = scene.stands()
        assert standing.emergency is None
        assert [update.emergency for update in standing.incidents[0].updates] == [True, True]
    world.live()
    assert Update.objects.count() == 2


def test_what_two_people_posted_at_different_targets_comes_home_from_both(world: World) -> None:
    for scene, id_ in ((world.main, "incident0001"), (world.second, "incident0002")):
        scene.say(post(scene.stands(), said(at=world.now), id_), world.now)

    world.live(16)

    assert Update.objects.filter(emergency=True).count() == 2
    assert world.files(world.main) == world.files(world.second)
    assert {each.id for each in world.main.stands().incidents} == {"incident0001", "incident0002"}


def test_a_post_beside_an_application_that_is_alive_stays_visible_and_is_imported_within_seconds(
    world: World,
) -> None:
    told, untold = make_subscriber(world.main.page), make_subscriber(world.main.page)
    update = said(at=world.now, components=[(world.component, Status.MAJOR_OUTAGE)])
    for scene in (world.main, world.second):
        scene.say(post(scene.stands(), update, "incident0001"), world.now)
        scene.tell(Entry(update.id, told.public_id, Fate.SENT, world.now))
    began = world.now

    imported_at = None
    for now in world.turns(40):
        for scene in (world.main, world.second):
            document = json.loads((scene.folder / "public" / "status.json").read_bytes())
            assert [each["id"] for each in document["incidents"]] == ["incident0001"]
        if imported_at is None and Update.objects.filter(public_id=update.id).exists():
            imported_at = now

    assert imported_at is not None
    assert imported_at - began <= LOOKS
    assert Update.objects.count() == 1
    assert not world.main.stands().emergency
    states = dict(Delivery.objects.values_list("subscriber__public_id", "state"))
    assert states == {told.public_id: DeliveryState.SENT, untold.public_id: DeliveryState.PENDING}


def test_a_post_over_a_page_that_the_application_rolled_back_ends_the_rollback(world: World) -> None:
    old = releases.make(world.main.page, world.now + minutes(1), installation())
    assert old is not None
    world.now += minutes(1)
    world.live(2)
    assert releases.roll_back(world.main.page, old.sequence, world.now)
    world.live(4)
    update = said(at=world.now, components=[(world.component, Status.MAJOR_OUTAGE)])
    for scene in (world.main, world.second):
        scene.say(post(scene.stands(), update, "incident0001"), world.now)

    world.live(30)

    assert Update.objects.filter(emergency=True).count() == 1
    assert world.files(world.main) == world.files(world.second)
    standing = world.main.stands()
    assert standing.emergency is None
    assert [each.id for each in standing.incidents] == ["incident0001"]
    assert standing.generated_at > NOW
