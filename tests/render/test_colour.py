"""A page's own colour: readable on both grounds, untouched where it already is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.status import Status
from statuspage.render import render
from statuspage.render.colour import CONTRAST, DARK, LIGHT, contrast, readable, style
from statuspage.snapshot import Asset, Brand, Documents, Link, Text
from tests.render.make import make_component, make_page, make_snapshot

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours)
def test_every_colour_is_made_readable_on_both_grounds(colour: str) -> None:
    assert contrast(readable(colour, LIGHT), LIGHT) >= CONTRAST
    assert contrast(readable(colour, DARK), DARK) >= CONTRAST


def test_a_colour_that_is_readable_stays_as_it_is() -> None:
    assert readable("#1f5fbf", LIGHT) == "#1f5fbf"
    assert readable("#8ab4ff", DARK) == "#8ab4ff"


def test_contrast_is_counted_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    # https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio: #767676 is the lightest grey for text on white.
    assert contrast("#767676", "#ffffff") >= 4.5 > contrast("#777777", "#ffffff")


def test_a_page_without_a_colour_has_no_rules_of_its_own() -> None:
    assert style(Brand()) == ""
    assert "#1f5fbf" in style(Brand(accent="#1f5fbf"))


BRAND = Brand(
    accent="#e91e63",
    logo="assets/aaaa.png",
    favicon="assets/bbbb.png",
    links=(Link(Text("Terms", "Conditions"), "https://acme.example/terms"), Link(Text("No"), "javascript:1")),
    legal=Text("Acme *Ltd*, Paris"),
)


def test_a_page_carries_its_logo_links_and_legal_text() -> None:
    files = branded(BRAND)
    html = files["fr/index.html"].decode()
    assert '<img src="../assets/aaaa.png" height="36" alt="' in html
    assert '<a class="nav" href="https://acme.example/terms">Conditions</a>' in html
    assert "javascript:" not in html
    assert "<em>Ltd</em>" in html
    assert "img-src &#x27;self&#x27; data:" in html
    assert files["assets/aaaa.png"] == b"logo"


def test_the_icon_of_the_page_gives_way_to_the_status() -> None:
    fine = branded(BRAND)["index.html"].decode()
    assert '<link rel="icon" href="assets/bbbb.png">' in fine
    out = branded(BRAND, components=(make_component(status=Status.MAJOR_OUTAGE),))["index.html"].decode()
    assert '<link rel="icon" href="data:image/svg+xml,' in out


@pytest.mark.parametrize("accent", ["red}*{display:none", "#12345", "</style><script>"])
def test_a_colour_from_elsewhere_that_is_none_is_left_out(accent: str) -> None:
    assert style(Brand(accent=accent)) == ""


def branded(brand: Brand, **values: Any) -> dict[str, bytes]:
    snapshot = make_snapshot(page=make_page(brand=brand), **values)
    return render(snapshot, Documents(assets=(Asset("assets/aaaa.png", b"logo"),)))
