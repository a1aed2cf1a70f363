"""Components as staff find them: in the order in which customers read them."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.make import make_component, make_group, make_page
from tests.people import make_staff


@pytest.mark.django_db
@pytest.mark.parametrize("screen", ["component_changelist", "monitor_add", "correction_add"])
def test_they_stand_as_on_the_page(client: Client, screen: str) -> None:
    page = make_page()
    later, first = (make_group(page, position=position) for position in (1, 0))
    wanted = ["alone", "first-early", "first-late", "later-early", "later-late"]
    for name, group in (
        ("later-late", later),
        ("first-late", first),
        ("alone", None),
        ("later-early", later),
        ("first-early", first),
    ):
        make_component(page, name_en=name, group=group, position=int(name.endswith("late")))
    client.force_login(make_staff("owner", "olga"))
    said = client.get(reverse(f"admin:monitors_{screen}")).content.decode()
    told = list(dict.fromkeys(re.findall(r"(?<=>)(?:alone|(?:first|later)-(?:early|late))(?=<)", said)))
    assert told == wanted
