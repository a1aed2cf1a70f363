"""The screens of people and of the audit log in a browser: on a phone, in the dark, sound for axe."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from incidents.models import Contact
from statuspage.people import audit_triggers
from statuspage.people.acting import Actor, acting
from tests.axe import violations
from tests.incidents.conftest import owner, tabs
from tests.people import make_staff

__all__ = ["owner", "tabs"]
pytestmark = pytest.mark.slow

LONG = "A text without a gap: " + "x" * 250


def sound(tab: Tab) -> None:
    """Nothing scrolls sideways, and axe has nothing to say."""
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), tab.url


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_an_owner_gives_a_role_and_reads_what_was_done(
    tabs: Callable[..., Tab], owner: User, width: int, dark: bool, tmp_path: Any
) -> None:
    audit_triggers.apply()
    grace = make_staff("viewer", "grace")
    with acting(lambda: Actor("grace", grace.pk, "192.0.2.7")):
        contact = Contact.objects.create(name="Hosting", phone="+33 1 23", other=LONG)
        contact.phone = "+33 9 99"
        contact.save()
    tab = tabs(width, dark)
    tab.goto(f"/admin/auth/user/{grace.pk}/change/")
    sound(tab)
    tab.get_by_label("Operator").check()
    tab.screenshot(path=tmp_path / "person.png", full_page=True)
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.locator("#result_list")).to_contain_text("Operator")
    sound(tab)
    tab.screenshot(path=tmp_path / "people.png", full_page=True)
    tab.goto("/admin/statuspage/auditentry/?q=hosting")
    expect(tab.locator("#result_list")).to_contain_text("+33 1 23 → +33 9 99")
    sound(tab)
    tab.screenshot(path=tmp_path / "log.png", full_page=True)
    tab.locator("#result_list a").last.click()
    expect(tab.locator(".changes")).to_contain_text(LONG)
    sound(tab)
    tab.screenshot(path=tmp_path / "entry.png", full_page=True)
    tab.goto("/admin/statuspage/auditentry/")
    tab.get_by_text("Export", exact=True).click()
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Export as CSV").click()
    assert "Hosting" in download.value.path().read_text()
