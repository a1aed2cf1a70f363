"""Settings that are seldom needed: folded away in the form, until one of them is set or refused."""

import json
from typing import Any

import pytest

from monitors.models import Monitor
from tests.make import make_monitor, make_page
from tests.monitors.admin_pages import Staff, errors, initial

pytestmark = pytest.mark.django_db
URL = {"url": "https://example.com/"}


def seldom(answer: Any) -> Any:
    """The part of the form with what web addresses seldom need."""
    (found,) = (each for each in answer.context["adminform"] if "http-body" in each.fields)
    return found


@pytest.mark.parametrize(
    ("config", "secrets", "folded"),
    [
        (URL, {}, True),
        (URL | {"expected_statuses": "200"}, {}, True),
        (URL | {"verify": "no"}, {}, False),
        (URL, {"token": "t0ken"}, False),
    ],
    ids=["address", "statuses", "certificate", "token"],
)
def test_they_are_folded_until_one_is_set(
    staff: Staff, config: dict[str, str], secrets: dict[str, str], folded: bool
) -> None:
    monitor = make_monitor(config=config, secrets=json.dumps(secrets) if secrets else "")
    answer = staff.open("monitor", monitor.pk)
    assert bool(seldom(answer).is_collapsible) is folded
    assert ("HTTP(S): seldom needed</h2>" in answer.content.decode()) is True
    assert "http-url" not in seldom(answer).fields


def test_a_refusal_unfolds_them(staff: Staff) -> None:
    make_page()
    typed = {"name": "Website", "kind": "http", "http__url": "https://example.com/"}
    answer = staff.send("monitor", **typed, http__headers="Host: evil")
    assert list(errors(answer)) == ["http-headers"]
    assert not seldom(answer).is_collapsible


def test_what_was_typed_stays_in_sight_where_another_field_is_refused(staff: Staff) -> None:
    make_page()
    typed = {"name": "", "kind": "http", "http__url": "https://example.com/"}
    answer = staff.send("monitor", **typed)
    assert (list(errors(answer)), bool(seldom(answer).is_collapsible)) == (["name"], True)
    answer = staff.send("monitor", **typed, http__headers="X-Team: ops")
    assert (list(errors(answer)), bool(seldom(answer).is_collapsible)) == (["name"], False)


def test_a_copy_shows_what_the_other_one_has_set_and_which_secrets_come_along(staff: Staff) -> None:
    source = make_monitor(config=URL, secrets=json.dumps({"token": "t0ken"}))
    answer = staff.client.get("/admin/monitors/monitor/add/", {"copy_of": source.pk})
    assert not seldom(answer).is_collapsible
    page = answer.content.decode()
    assert page.count('placeholder="stored; empty keeps it"') == 1
    assert page.count("Remove what is stored") == 1
    filled = initial(answer) | {"name": "Other", "http-token-remove": "on"}
    assert errors(staff.client.post("/admin/monitors/monitor/add/", filled)) == {}
    assert Monitor.objects.get(name="Other").secrets == ""


def test_choices_have_names_and_help_is_text(staff: Staff) -> None:
    make_page()
    page = staff.open("monitor").content.decode()
    assert '<option value="same-origin">follow within the same site; elsewhere means down</option>' in page
    assert "then ==, !=, &lt;, &lt;=, &gt;, &gt;= or contains" in page
