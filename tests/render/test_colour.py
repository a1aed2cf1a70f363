"""A page's own colour: readable on both grounds, untouched where it already is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.render.colour import CONTRAST, DARK, LIGHT, contrast, readable, style
from statuspage.snapshot import Brand

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
