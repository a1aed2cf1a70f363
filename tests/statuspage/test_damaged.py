"""Addresses with a NUL in them, which a hand or a scanner types."""

import pytest
from django.contrib.auth.models import User

from tests.make import make_page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "/admin/incidents/incident/add/?page=%00",
        "/admin/incidents/incident/add/?draft=%00",
        "/admin/incidents/incident/past/?page=1%00",
        "/admin/incidents/maintenance/add/?template=%00",
        "/admin/incidents/incident/?q=a%00b",
        "/admin/subscribers/notice/try/?page=%00",
    ],
)
def test_a_nul_in_a_query_is_refused_and_no_error(admin_client, address: str) -> None:
    make_page()
    answer = admin_client.get(address)
    assert answer.status_code == 400
    assert "cannot be answered" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["preview/of/%00/%00/%00/", "account/email/%00/", "incidents/incident/1%00/change/"]
)
def test_a_path_with_a_nul_leads_nowhere(admin_client, address: str) -> None:
    assert admin_client.get(f"/admin/{address}").status_code == 404


def test_what_was_pasted_into_a_form_is_no_address(admin_client, admin_user: User) -> None:
    fields = {"first_name": "A\0da", "last_name": "", "language": "", "time_zone": ""}
    answer = admin_client.post("/admin/account/", fields)
    assert (answer.status_code, answer.context["form"].errors.keys()) == (400, {"first_name"})


def test_a_percent_sign_is_none(admin_client) -> None:
    assert admin_client.get("/admin/incidents/incident/?q=%2500").status_code == 200
