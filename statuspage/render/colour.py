"""The page's own colour, made readable: text in it has the contrast that WCAG 2.2 asks for. Pure.

A colour is darkened on light ground and lightened on dark ground until it is there, and no further.
"""

import re

from django.utils.safestring import SafeString, mark_safe

from statuspage.snapshot import Brand

# Success criterion 1.4.3: text of ordinary size.
CONTRAST = 4.5
# The grounds of page.css, light and dark; the harder one of each scheme.
LIGHT, DARK = "#fbfaf7", "#1f1e1b"
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LOGO = "header img{display:block;height:2.25rem;width:auto;max-width:100%}"


def style(brand: Brand) -> SafeString:
    """The rules that put a brand's colour and logo in place; "" without any."""
    # A colour is six digits, whatever a snapshot from elsewhere says.
    known = _COLOUR.fullmatch(brand.accent)
    return mark_safe((_accent(brand.accent) if known else "") + (_LOGO if brand.logo else ""))  # noqa: S308


def _accent(accent: str) -> str:
    light, dark = readable(accent, LIGHT), readable(accent, DARK)
    return (
        f":root{{--accent:{light}}}"
        f"@media(prefers-color-scheme:dark){{:root{{--accent:{dark}}}}}"
        "header :first-child{color:var(--accent)}"
        "header{border-bottom:3px solid var(--accent)}"
        "form button{background:var(--accent);border-color:var(--accent);color:var(--bg)}"
    )


def readable(colour: str, ground: str) -> str:
    """The colour, moved towards black or white until its contrast on `ground` is enough."""
    end = 0 if luminance(ground) > 0.18 else 255
    parts = _parts(colour)
    for step in range(101):
        moved = tuple(round(part + (end - part) * step / 100) for part in parts)
        found = f"#{moved[0]:02x}{moved[1]:02x}{moved[2]:02x}"
        if contrast(found, ground) >= CONTRAST:
            return found
    raise AssertionError("black on light and white on dark have contrast enough")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
