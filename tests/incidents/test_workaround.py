"""Workarounds: kept with the incident, told with every step while it goes on, in nobody's way."""

from typing import Any

import pytest
from django.test import Client

from incidents.models import Incident
from incidents.post import PostError
from subscribers.models import Notice
from tests.incidents.make import NOW, minutes, open_incident, update_incident
from tests.incidents.test_admin import ADD, declaration, incident_address, news
from tests.make import make_page

pytestmark = pytest.mark.django_db


def told() -> list[dict[str, str]]:
    return [notice.payload["workaround"] for notice in Notice.objects.order_by("pk")]


def kept(incident: Incident) -> tuple[str, str]:
    incident.refresh_from_db()
    return incident.workaround_en, incident.workaround_fr


def form(answer: Any) -> dict[str, str]:
    """What a browser sends back of the workarounds, untouched."""
    fields = [answer.context["form"][name] for name in ("workaround_en", "workaround_fr")]
    return {name: field.value() for field in fields for name in (field.html_name, field.html_initial_name)}


def test_it_stays_until_it_is_changed_and_an_empty_one_takes_it_back() -> None:
    incident = open_incident(make_page(), workaround_en=" Pay by invoice.\r\n", workaround_fr="")
    update_incident(incident, "identified")
    assert kept(incident) == ("Pay by invoice.", "")
    update_incident(incident, "identified", workaround_fr="Payez sur facture.", now=NOW + minutes(11))
    assert kept(incident) == ("Pay by invoice.", "Payez sur facture.")
    update_incident(incident, "identified", workaround_en="", now=NOW + minutes(12))
    assert kept(incident) == ("", "Payez sur facture.")


def test_notices_tell_it_while_the_incident_goes_on_and_again_when_it_is_reopened() -> None:
    incident = open_incident(make_page(), workaround_en="Pay by invoice.")
    update_incident(incident, "resolved")
    update_incident(incident, "investigating", now=NOW + minutes(20))
    words = {"en": "Pay by invoice.", "fr": ""}
    assert told() == [words, {}, words]


def test_without_one_nothing_is_told() -> None:
    open_incident(make_page())
    assert told() == [{}]


def test_one_that_is_too_long_is_refused_and_nothing_is_written() -> None:
    with pytest.raises(PostError, match="2001 characters") as refused:
        open_incident(make_page(), workaround_fr="x" * 2001)
    assert refused.value.field == "workaround_fr"
    assert not Incident.objects.exists()


def test_staff_write_it_with_the_incident_and_see_it(staff: Client) -> None:
    make_page()
    staff.post(ADD, declaration(workaround_en="Pay by **invoice**.", workaround_fr=""))
    incident = Incident.objects.get()
    assert kept(incident) == ("Pay by **invoice**.", "")
    shown = staff.get(incident_address(incident)).content.decode()
    assert "Pay by <strong>invoice</strong>." in shown


def test_an_update_that_leaves_it_alone_does_not_take_back_what_another_wrote(staff: Client) -> None:
    incident = open_incident(make_page(), workaround_en="Pay by invoice.")
    opened = form(staff.get(incident_address(incident)))
    update_incident(incident, "identified", workaround_en="Pay by phone.")
    staff.post(incident_address(incident), news(**opened))
    assert incident.updates.count() == 3
    assert kept(incident) == ("Pay by phone.", "")


def test_staff_change_it_and_take_it_back(staff: Client) -> None:
    incident = open_incident(make_page(), workaround_en="Pay by invoice.")
    opened = form(staff.get(incident_address(incident)))
    staff.post(incident_address(incident), news(**opened | {"workaround_en": "", "workaround_fr": "Payez."}))
    assert kept(incident) == ("", "Payez.")


def test_a_page_of_one_language_asks_for_one_and_keeps_the_other(staff: Client) -> None:
    incident = open_incident(make_page(languages=["fr"]), workaround_en="Pay.", workaround_fr="Payez.")
    asked = staff.get(incident_address(incident))
    assert "workaround_en" not in asked.context["form"].fields
    staff.post(incident_address(incident), news(body_fr="Vu.", workaround_fr="Payez !"))
    assert kept(incident) == ("Pay.", "Payez !")


def test_one_that_is_too_long_comes_back_with_the_reason(staff: Client) -> None:
    make_page()
    answer = staff.post(ADD, declaration(workaround_en="x" * 2001))
    assert answer.context["form"].errors["workaround_en"]
    assert not Incident.objects.exists()
