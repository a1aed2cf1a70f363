"""The list of subscribers off site: for the emergency tool alone, and never older than an hour."""

import base64
import gzip
import hashlib
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.models import Contact
from statuspage import offsite
from statuspage.emergency.account import SUBSCRIBERS, list_message
from statuspage.installation import installation
from statuspage.models import Target
from statuspage.signing import verify
from subscribers import signup
from subscribers.models import State, Subscriber
from tests.emergency.scene import IDENTITY, NOW, Scene, minutes
from tests.make import make_component, make_group
from tests.subscribers.make import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)
APP = "https://app.example.com"
BY = replace(installation(), app_url=APP)


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.fixture
def target(scene: Scene) -> Target:
    return Target.objects.create(page=scene.page, name="folder", kind="directory", config=scene.config)


def written(scene: Scene) -> dict[str, Any] | None:
    assert scene.target.private is not None
    content = scene.target.private.get(SUBSCRIBERS)
    if content is None:
        return None
    return opened(content, IDENTITY)


def opened(content: bytes, identity: pyrage.x25519.Identity) -> dict[str, Any]:
    document, signature = gzip.decompress(pyrage.decrypt(content, [identity])).rsplit(b"\n", 1)
    message = list_message(hashlib.sha256(document))
    assert verify(BY.signer.public, message, base64.b64decode(signature))
    read: dict[str, Any] = json.loads(document)
    return read


def export(target: Target, now: Any = NOW) -> bool:
    """What a tick does for one target."""
    found = [each for each in offsite.due(now, APP) if each.pk == target.pk]
    return bool(found) and offsite.write(found[0], now, BY)


def test_it_holds_all_that_telling_people_needs(scene: Scene, target: Target) -> None:
    checkout = scene.component()
    reader = make_subscriber(scene.page, checkout, language="fr")
    software = make_subscriber(scene.page, channel="webhook")

    assert export(target)

    said = written(scene)
    assert said is not None
    assert (said["page"], said["exported_at"]) == (scene.page.public_id, NOW.isoformat())
    assert (said["contacts"], said["checklists"]) == ([], [])
    assert isinstance(said["templates"], list)
    mail, hook = said["subscribers"]
    unsubscribe, manage = mail.pop("unsubscribe"), mail.pop("manage")
    assert mail == {
        "id": reader.public_id,
        "channel": "email",
        "address": reader.address,
        "language": "fr",
        "secret": "",
        "everything": False,
        "components": [checkout.public_id],
        "kinds": "all",
        "subjects": [],
        "time_zone": "",
        "format": "",
        "previous_secret": "",
        "previous_until": None,
    }
    assert manage.startswith(APP + "/")
    assert (hook["secret"], hook["everything"], hook["components"]) == (software.secret, True, [])
    assert hook["secret"].startswith("whsec_")
    assert unsubscribe.startswith(APP + "/")


def test_it_holds_what_they_chose(scene: Scene, target: Target) -> None:
    group = make_group(scene.page)
    first, second = scene.component(), scene.component()
    first.group = group
    first.save(update_fields=["group"])
    until = NOW + minutes(60)
    reader = make_subscriber(
        scene.page,
        second,
        channel="webhook",
        kinds="incident",
        subjects=["incident:incident0001"],
        time_zone="Europe/Paris",
        format="statuspage",
        previous_secret="whsec_before",
        previous_until=until,
    )
    reader.groups.add(group)
    export(target)

    said = written(scene)
    assert said is not None
    (hook,) = said["subscribers"]
    assert hook["components"] == sorted([first.public_id, second.public_id])
    assert (hook["kinds"], hook["subjects"]) == ("incident", ["incident:incident0001"])
    assert (hook["time_zone"], hook["format"]) == ("Europe/Paris", "statuspage")
    assert (hook["previous_secret"], hook["previous_until"]) == ("whsec_before", until.isoformat())


def test_its_links_end_a_subscription_in_the_application(
    scene: Scene, target: Target, client: Client
) -> None:
    reader = make_subscriber(scene.page)
    export(target)
    said = written(scene)
    assert said is not None
    path = said["subscribers"][0]["unsubscribe"].removeprefix(APP)

    answer = client.post(path, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    reader.refresh_from_db()
    assert reader.state == State.UNSUBSCRIBED


@pytest.mark.parametrize("state", [State.PENDING, State.PAUSED, State.UNSUBSCRIBED, State.DISABLED])
def test_only_those_who_want_to_hear_are_in_it(scene: Scene, target: Target, state: State) -> None:
    make_subscriber(scene.page, state=state)
    make_subscriber(Scene(scene.folder).page)

    export(target)

    said = written(scene)
    assert said is not None
    assert said["subscribers"] == []


def test_nothing_of_it_can_be_read_without_the_identity(scene: Scene, target: Target) -> None:
    make_subscriber(scene.page, address="somebody@example.com")
    export(target)

    stored = b"".join(path.read_bytes() for path in scene.folder.rglob("*") if path.is_file())

    assert stored.startswith(b"age-encryption.org/v1\n")
    assert b"somebody" not in stored
    assert b"somebody" not in gzip.compress(stored)
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(stored, [pyrage.x25519.Identity.generate()])


def test_it_is_written_again_only_when_it_says_something_else(scene: Scene, target: Target) -> None:
    checkout = scene.component()
    reader = make_subscriber(scene.page, checkout)
    pending = make_subscriber(scene.page, state=State.PENDING)
    assert export(target)
    assert not export(target, NOW + minutes(1))

    def changes() -> bool:
        return export(target, NOW + minutes(1))

    reader.components.set([scene.component()])
    assert changes()
    group = make_group(scene.page)
    reader.groups.set([group])
    assert not changes()
    scene.page.components.filter(pk=checkout.pk).update(group=group)
    assert changes()
    for change in (
        {"language": "fr"},
        {"kinds": "incident"},
        {"subjects": ["incident:x"]},
        {"time_zone": "UTC"},
    ):
        Subscriber.objects.filter(pk=reader.pk).update(**change)
        assert changes()
    signup.leave(reader.public_id, NOW)
    assert changes()
    Subscriber.objects.filter(pk=pending.pk).update(state=State.ACTIVE)
    assert changes()
    Subscriber.objects.filter(pk=pending.pk).update(asked_at=NOW)
    make_subscriber(scene.page, state=State.PENDING)
    assert not changes()


def test_it_is_written_again_every_hour(scene: Scene, target: Target) -> None:
    export(target)

    assert not export(target, NOW + minutes(59))
    assert export(target, NOW + minutes(60))
    # The clock was turned back.
    assert export(target, NOW - minutes(300))


def test_another_place_gets_it_at_once(scene: Scene, target: Target, admin_client: Client) -> None:
    export(target)
    moved = scene.config | {"private_path": str(scene.folder / "elsewhere")}

    answer = admin_client.post(
        f"/admin/statuspage/target/{target.pk}/change/",
        {
            "page": scene.page.pk,
            "name": "folder",
            "kind": "directory",
            "config": json.dumps(moved),
            "enabled": 1,
        },
    )

    assert answer.status_code == 302
    target.refresh_from_db()
    assert export(target)
    assert (scene.folder / "elsewhere" / SUBSCRIBERS).exists()


def test_nothing_is_written_without_a_recipient(scene: Scene, target: Target) -> None:
    type(scene.page).objects.update(age_recipient="")

    assert not export(target)

    assert not (scene.folder / "private").exists()


def test_without_a_recipient_any_more_it_is_deleted(scene: Scene, target: Target) -> None:
    export(target)
    type(scene.page).objects.update(age_recipient="")

    assert export(target)

    assert written(scene) is None


def test_another_recipient_gets_a_list_of_its_own(scene: Scene, target: Target) -> None:
    export(target)
    other = pyrage.x25519.Identity.generate()
    type(scene.page).objects.update(age_recipient=str(other.to_public()))

    assert export(target)

    content = (scene.folder / "private" / SUBSCRIBERS).read_bytes()
    assert opened(content, other)["subscribers"] == []


def test_nothing_is_written_without_a_private_place(scene: Scene) -> None:
    config = {"path": str(scene.folder / "public")}
    target = Target.objects.create(page=scene.page, name="bare", kind="directory", config=config)

    assert not export(target)

    assert list(scene.folder.iterdir()) == []


def shown(admin_client: Client, target: Target) -> str:
    return admin_client.get(f"/admin/statuspage/target/{target.pk}/change/").content.decode()


def test_the_admin_says_why_there_is_none(scene: Scene, target: Target, admin_client: Client) -> None:
    assert "not written yet" in shown(admin_client, target)
    bare = Target.objects.create(
        page=scene.page, name="bare", kind="directory", config={"path": str(scene.folder / "public")}
    )
    assert "no private place" in shown(admin_client, bare)

    export(target)
    assert "old</div>" in shown(admin_client, target)

    type(scene.page).objects.update(age_recipient="age1nonsense")
    assert not export(target)
    assert "no age recipient" in shown(admin_client, target)

    type(scene.page).objects.update(age_recipient="")
    assert "no emergency key" in shown(admin_client, target)


def test_what_staff_prepare_is_left_there_as_soon_as_it_changes(scene: Scene, target: Target) -> None:
    assert export(target)
    assert not export(target, NOW + minutes(1))
    Contact.objects.create(name="Hosting", phone="+33 1 23 45 67 89")
    assert export(target, NOW + minutes(2))
    said = written(scene)
    assert said
    assert [contact["phone"] for contact in said["contacts"]] == ["+33 1 23 45 67 89"]


def test_ten_thousand_cost_no_more_queries_than_one(scene: Scene, target: Target) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            offsite.encrypted(scene.page, NOW, BY)
        return len(captured)

    make_subscriber(scene.page, make_component(scene.page))
    few = queries()
    many = [
        Subscriber(
            page=scene.page, channel="email", address=f"r{n}@example.com", state=State.ACTIVE, created_at=NOW
        )
        for n in range(3_000)
    ]
    Subscriber.objects.bulk_create(many)

    assert queries() == few


def test_no_address_is_ever_logged(
    scene: Scene, target: Target, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    make_subscriber(scene.page, address="somebody@example.com")
    caplog.set_level(logging.DEBUG)

    export(target)

    # Statements of the database are for a debugger alone (DEBUG).
    logged = [record for record in caplog.records if record.name != "django.db.backends"]
    assert not any("somebody" in record.getMessage() for record in logged)
    output = capfd.readouterr()
    assert "somebody" not in output.out + output.err
