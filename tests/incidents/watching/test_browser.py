"""What monitoring did and proposes, on the screens of staff: accessible, and fit for a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from incidents.models import Autopost
from monitors.models import Region
from tests.incidents.test_browser import assert_good
from tests.incidents.watching.scenes import DOWN, at, hear, incidents, make_seen, tick
from tests.make import make_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Tabs = Callable[..., Page]


def test_its_screens_are_accessible_and_fit(tabs: Tabs) -> None:
    page = make_page(name="Acme", time_zone="Europe/Paris")
    for name, policy in (("Checkout", "open"), ("Search", "draft")):
        _component, monitor = make_seen(page, name, policy, name=f"watch-of-{name.lower()}.internal")
        hear(monitor, 1, DOWN)
    tick(1, 2)
    Region.objects.create(name="eu-west", silent_since=at(2), heard_at=at(0))
    settings = Autopost.objects.create(page=page)
    [incident] = incidents(page)
    for width, dark, language in ((1280, False, "en"), (390, True, "fr")):
        tab = tabs(width, dark, locale=language)
        for path in (
            "/admin/",
            f"/admin/incidents/incident/{incident.pk}/change/",
            "/admin/incidents/autopost/",
            f"/admin/incidents/autopost/{settings.pk}/change/",
            "/admin/incidents/autopost/add/",
        ):
            answer = tab.goto(path)
            assert answer is not None
            assert answer.ok
            assert_good(tab)
        tab.goto("/admin/")
        tab.locator("#panel-drafts a.main-link").click()
        tab.locator("form.composer").wait_for()
        assert_good(tab)
