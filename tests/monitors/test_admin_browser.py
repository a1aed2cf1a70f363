"""The form of monitors in a browser: the script shows the chosen kind's settings alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from monitors.models import Monitor
from tests.incidents.conftest import owner, tabs  # noqa: F401 (fixtures)
from tests.make import make_page


@pytest.mark.slow
def test_the_settings_follow_the_kind(tabs: Callable[..., Tab]) -> None:  # noqa: F811
    make_page()
    tab = tabs(width=390)
    tab.goto("/admin/monitors/monitor/add/")
    address, port = tab.get_by_label("Address:"), tab.get_by_label("Host and port:")
    tab.get_by_label("Kind:").select_option("http")
    expect(address).to_be_visible()
    expect(port).to_be_hidden()
    tab.get_by_label("Kind:").select_option("tcp")
    expect(address).to_be_hidden()
    port.fill("169.254.169.254:80")
    tab.get_by_label("Name:").fill("Database")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_text("The address belongs to a private or reserved network.")).to_be_visible()
    port.fill("db.example.com:5432")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_text("was added successfully")).to_be_visible()
    assert Monitor.objects.get().config == {"address": "db.example.com:5432"}
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.slow
def test_without_a_script_all_settings_are_there(tabs: Callable[..., Tab]) -> None:  # noqa: F811
    make_page()
    tab = tabs(java_script_enabled=False)
    tab.goto("/admin/monitors/monitor/add/")
    expect(tab.get_by_label("Address:")).to_be_visible()
    tab.get_by_label("Kind:").select_option("tcp")
    tab.get_by_label("Name:").fill("Database")
    tab.get_by_label("Host and port:").fill("db.example.com:5432")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_text("was added successfully")).to_be_visible()
    assert Monitor.objects.get().kind == "tcp"
