"""Types, cache headers and the order of publishing."""

import pytest

from statuspage.render import render
from statuspage.render.files import HEARTBEAT, cache_control, content_type, publish_order
from tests.render.make import make_demo, make_documents

FILES = render(make_demo(), make_documents(make_demo()))


def test_every_file_has_a_type_and_a_lifetime() -> None:
    for path in FILES:
        kind = content_type(path)
        # Pictures, keys and problem documents (RFC 9457) say of themselves how they are written.
        assert "; charset=utf-8" in kind or kind.startswith(
            ("image/", "application/x-pem", "application/prob")
        )
        assert cache_control(path) == "public, max-age=10, stale-while-revalidate=10, stale-if-error=86400"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("fr/index.html", "text/html; charset=utf-8"),
        ("api/v2/summary.json", "application/json; charset=utf-8"),
        ("history.atom", "application/atom+xml; charset=utf-8"),
    ],
)
def test_types_are_those_that_clients_insist_on(path: str, expected: str) -> None:
    assert content_type(path) == expected


def test_a_kind_that_nobody_publishes_is_an_error() -> None:
    with pytest.raises(KeyError):
        content_type("page.exe")


def test_leaves_go_before_what_links_them_and_the_index_goes_last() -> None:
    order = publish_order(FILES)
    assert sorted(order) == sorted(FILES)
    assert order[-3:] == ["en/index.html", "fr/index.html", "index.html"]
    assert order[-5:-3] == ["heartbeat.json", "status.json"]
    assert order.index("incidents/paymentscann/index.html") < order.index("history/2026-11/index.html")
    assert order.index("fr/history/2026-11/index.html") < order.index("fr/history/index.html")


def test_the_heartbeat_set_is_published() -> None:
    assert set(FILES) >= HEARTBEAT - {"status.json.sig"}
