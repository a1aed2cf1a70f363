"""Every other screen of the admin in Chromium: nothing for axe to find, nothing wider than a phone."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page as Tab

from statuspage.models import Target
from tests.incidents.conftest import _plain_static_files, _static_folder, owner, tabs  # noqa: F401 (fixtures)
from tests.make import make_component, make_group, make_monitor, make_page
from tests.subscribers.make import make_subscriber, notify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def violations(tab: Tab) -> list[str]:
    found = Axe().run(tab).response["violations"]
    return [f"{each['id']}: {node['html'][:300]}" for each in found for node in each["nodes"]]


def make_scene() -> list[str]:
    """The lists and forms of everything that staff configure, and what they read of subscribers."""
    page = make_page(name="Acme")
    group = make_group(page, name_en="Shop")
    component = make_component(page, group=group, name_en="Checkout")
    monitor = make_monitor([component])
    target = Target.objects.create(
        page=page, name="Copy", kind="directory", config={"path": "/srv/status"}, published_at=timezone.now()
    )
    subscriber = make_subscriber(page)
    notice = notify(page)
    rows = {
        "monitors/page": page.pk,
        "monitors/group": group.pk,
        "monitors/component": component.pk,
        "monitors/monitor": monitor.pk,
        "statuspage/target": target.pk,
    }
    told = {
        "subscribers/subscriber": subscriber.pk,
        "subscribers/notice": notice.pk,
        "subscribers/delivery": notice.deliveries.get().pk,
    }
    read = [f"/admin/{name}/{rest}" for name, pk in told.items() for rest in ("", f"{pk}/change/")]
    return read + [
        f"/admin/{name}/{rest}"
        for name, pk in rows.items()
        for rest in ("", "add/", f"{pk}/change/", f"{pk}/delete/")
    ]


@pytest.mark.parametrize(("width", "dark", "language"), [(1280, False, "en"), (390, True, "fr")])
def test_axe_finds_nothing_and_a_phone_is_wide_enough(
    tabs: Callable[..., Tab],  # noqa: F811
    width: int,
    dark: bool,
    language: str,
) -> None:
    tab = tabs(width, dark, locale=language)
    found = {}
    for path in [*make_scene(), "/admin/password_change/"]:
        answer = tab.goto(path)
        assert answer is not None
        assert answer.ok, path
        wide = tab.evaluate("document.documentElement.scrollWidth")
        found[path] = [*violations(tab), *([f"{wide} pixels wide"] if wide > width else [])]
    wrong = [f"{path} {what}" for path, all_ in found.items() for what in all_]
    assert not wrong, "\n".join(wrong)
