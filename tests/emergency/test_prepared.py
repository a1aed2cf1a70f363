"""What staff prepared goes with the list of subscribers, and the emergency tool shows it."""

import pytest

from incidents.checklists import defaults
from incidents.models import Contact, Template
from statuspage.kit import kit as prepared_of
from tests.emergency.kit import Kit
from tests.emergency.told import leave_list
from tests.make import make_page

CONTACT = {
    "name": "Hosting\x1b[2J",
    "role": "machines",
    "phone": "+33 1 23 45 67 89",
    "credentials": "the safe on the second floor",
}
TEXTS = {"en": "{region} is down", "fr": "{region} est en panne"}
TEMPLATE = {"name": {"en": "Region down", "fr": "Région en panne"}, "title": TEXTS, "status": "investigating"}
CHECKLIST = {
    "kind": "outage",
    "name": {"en": "Outage", "fr": "Panne"},
    "items": [{"text": {"en": "Call Ada", "fr": "Appeler Ada"}, "role": "On call", "minutes": 5}],
}


def test_it_shows_contacts_checklists_and_templates_in_both_languages(kit: Kit) -> None:
    leave_list(kit, contacts=[CONTACT], checklists=[CHECKLIST], templates=[TEMPLATE])

    ran = kit.run("prepared", "--lang", "fr")

    assert ran.status == 0, ran.err
    assert "+33 1 23 45 67 89" in ran.out
    assert "the safe on the second floor" in ran.out
    assert "[ ] Appeler Ada (On call · 5 min)" in ran.out
    assert "en: {region} is down" in ran.out
    assert "fr: {region} est en panne" in ran.out
    assert "\x1b" not in ran.out


def test_it_shows_only_what_is_asked_for(kit: Kit) -> None:
    leave_list(kit, contacts=[CONTACT], checklists=[CHECKLIST], templates=[TEMPLATE])
    out = kit.run("prepared", "--contacts").out
    assert "Hosting" in out
    assert "Call Ada" not in out
    assert "{region}" not in out


def test_a_list_from_before_says_that_nothing_was_prepared(kit: Kit) -> None:
    leave_list(kit)
    ran = kit.run("prepared")
    assert ran.status == 0
    assert ran.out.count("Staff prepared nothing.") == 3


@pytest.mark.parametrize("damage", [{"contacts": ["x"]}, {"templates": [{}]}, {"checklists": [{"name": 1}]}])
def test_a_damaged_list_is_said_to_be_damaged(kit: Kit, damage: dict[str, object]) -> None:
    leave_list(kit, **damage)
    ran = kit.run("prepared")
    assert ran.status == 1
    assert "damaged" in ran.err


@pytest.mark.django_db
def test_the_application_hands_over_what_is_of_the_page_and_of_all_pages() -> None:
    page, other = make_page(), make_page()
    Contact.objects.create(name="Ada", phone="1")
    Contact.objects.create(name="Bob", phone="2", page=page, position=1)
    Contact.objects.create(name="Eve", phone="3", page=other)
    defaults.ensure("outage")
    Template.objects.all().delete()
    Template.objects.create(
        name_en="Down", title_en="{region}", title_fr="{region} !", status="investigating"
    )

    found = prepared_of(page)

    assert [each["name"] for each in found["contacts"]] == ["Ada", "Bob"]
    (checklist,) = found["checklists"]
    assert checklist["name"] == {"en": "Outage", "fr": "Panne"}
    assert checklist["items"][0]["text"]["fr"].startswith("Convenir")
    assert found["templates"][0]["title"] == {"en": "{region}", "fr": "{region} !"}
