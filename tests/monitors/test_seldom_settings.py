"""Settings that are seldom needed: folded away in the form, until one of them is set or refused."""

import json
from typing import Any

import pytest

from tests.make import make_monitor, make_page
from tests.monitors.admin_pages import Staff, errors

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


def test_choices_have_names_and_help_is_text(staff: Staff) -> None:
    make_page()
    page = staff.open("monitor").content.decode()
    assert '<option value="same-origin">follow within the same site; elsewhere means down</option>' in page
    assert "then ==, !=, &lt;, &lt;=, &gt;, &gt;= or contains" in page
