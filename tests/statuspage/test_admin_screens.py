"""Every screen of the admin in Chromium: nothing for axe to find, nothing wider than a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page as Tab

from tests.axe import violations
from tests.incidents.conftest import _plain_static_files, _static_folder, owner, tabs  # noqa: F401 (fixtures)
from tests.make import make_component, make_group, make_monitor, make_page
from tests.statuspage.people import test_matrix as matrix
from tests.subscribers.make import make_subscriber, notify

# Parts of screens, and what only an upload leads to.
PARTS = {"admin:board", "admin:subscribers_notice_board", *matrix.EMPTY}
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def make_scene() -> list[str]:
    """Every screen that an Owner may open: the lists and forms of each model, and what stands beside them."""
    page = make_page(name="Acme")
    component = make_component(page, group=make_group(page, name_en="Shop"), name_en="Checkout")
    make_monitor([component])
    make_subscriber(page)
    notify(page)
    rows = matrix.make_rows()
    return [
        matrix.path_of(name, rows)
        for name in sorted(matrix.names() - PARTS)
        if (name in matrix.SCREENS or _is_own(name)) and matrix.wanted(name, "owner")[0]
    ]


def _is_own(name: str) -> bool:
    """One template each shows every history, and asks before anything is deleted."""
    found = matrix.of_model(name)
    return found is not None and (found[1] not in ("history", "delete") or found[0] == "monitors.component")


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
        if not answer.ok:
            found[path] = [f"{answer.status}"]
            continue
        wide = tab.evaluate("document.documentElement.scrollWidth")
        found[path] = [*violations(tab), *([f"{wide} pixels wide"] if wide > width else [])]
    wrong = [f"{path} {what}" for path, all_ in found.items() for what in all_]
    assert not wrong, "\n".join(wrong)
