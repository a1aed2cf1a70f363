"""The screens of monitors in a browser: the settings of one kind, a test before saving, many at once."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from monitors.models import Monitor
from tests.axe import violations
from tests.incidents.conftest import owner, tabs  # noqa: F401 (fixtures)
from tests.make import make_page
from tests.monitors.small_site import small_site


def assert_good(tab: Tab) -> None:
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.slow
def test_the_settings_follow_the_kind(tabs: Callable[..., Tab], settings: Any) -> None:  # noqa: F811
    make_page()
    tab = tabs(width=390, dark=True)
    tab.goto("/admin/monitors/monitor/add/")
    address, port = tab.locator("#id_http-url"), tab.locator("#id_tcp-address")
    tab.get_by_label("Kind:").select_option("http")
    expect(address).to_be_visible()
    expect(port).to_be_hidden()
    tab.get_by_label("Kind:").select_option("tcp")
    expect(address).to_be_hidden()
    port.fill("169.254.169.254:80")
    tab.locator("#id_name").fill("Database")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_text("The address belongs to a private or reserved network.")).to_be_visible()
    port.fill("db.example.com:5432")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_text("was added successfully")).to_be_visible()
    assert Monitor.objects.get().config == {"address": "db.example.com:5432"}
    assert_good(tab)
    _test_now(tab, settings)
    _change_together(tab)


def _test_now(tab: Tab, settings: Any) -> None:
    settings.PROBE_ALLOW = "127.0.0.1/32"
    tab.goto("/admin/monitors/monitor/add/")
    tab.get_by_label("Kind:").select_option("http")
    with small_site() as site:
        site.status, site.body = 503, b"out of order"
        tab.locator("#id_http-url").fill(site.url)
        tab.get_by_role("button", name="Test now").click()
        result = tab.locator("#trial")
        expect(result.get_by_text("HTTP 503")).to_be_visible()
    expect(result.get_by_role("region", name="What came")).to_contain_text("out of order")
    expect(tab.locator("#id_http-url")).to_have_value(site.url)
    assert_good(tab)


def _change_together(tab: Tab) -> None:
    tab.goto("/admin/monitors/monitor/")
    tab.locator("#result_list tbody .action-select").check()
    tab.locator("select[name=action]").select_option("change_together")
    tab.get_by_role("button", name="Go").click()
    tab.get_by_label("Add tags").fill("shop")
    assert_good(tab)
    tab.get_by_role("button", name="Show what changes").click()
    expect(tab.get_by_text("Nothing is changed yet.")).to_be_visible()
    assert_good(tab)
    tab.get_by_role("button", name="Change 1 monitor").click()
    expect(tab.get_by_text("1 monitor was changed.")).to_be_visible()


@pytest.mark.slow
def test_without_a_script_all_settings_are_there(tabs: Callable[..., Tab]) -> None:  # noqa: F811
    make_page()
    tab = tabs(java_script_enabled=False)
    tab.goto("/admin/monitors/monitor/add/")
    expect(tab.locator("#id_http-url")).to_be_visible()
    tab.get_by_label("Kind:").select_option("tcp")
    tab.locator("#id_name").fill("Database")
    tab.locator("#id_tcp-address").fill("169.254.169.254:80")
    tab.get_by_role("button", name="Test now").click()
    expect(tab.get_by_text("Nothing was looked at.")).to_be_visible()
    tab.locator("#id_tcp-address").fill("db.example.com:5432")
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.get_by_text("was added successfully")).to_be_visible()
    assert Monitor.objects.get().kind == "tcp"
