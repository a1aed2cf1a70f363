"""A status as a shape: the window's icon, `/favicon.svg`, the mark in the widget. Pure.

Every tone differs by outline or sign, not by colour alone; white on its colour, and its colour on
white, keep 4.5:1.
"""

from urllib.parse import quote

from django.utils.safestring import SafeString, mark_safe

COLOURS = {
    "ok": "1a7f4b",
    "maint": "1f5fbf",
    "unk": "6b6760",
    "deg": "8a6100",
    "part": "b4470b",
    "major": "b3261e",
}
_CIRCLE = "M1 8a7 7 0 1 0 14 0A7 7 0 1 0 1 8Z"
# Outline and sign, on 16 by 16.
SHAPES = {
    "ok": (_CIRCLE, "M4.8 8.2l2.2 2.2 4.2-4.6"),
    "maint": (_CIRCLE, "M8 4v4.3l2.8 1.7"),
    "unk": (_CIRCLE, "M6.2 6.2a1.9 1.9 0 1 1 2.6 2c-.6.3-.8.6-.8 1.2m0 1.9v.3"),
    "deg": ("M8 1.2 15 14H1Z", "M8 6v4m0 1.8v.4"),
    "part": ("M1.5 1.5h13v13h-13Z", "M8 4.5v4.3m0 2v.4"),
    "major": ("M5 1h6l4 4v6l-4 4H5l-4-4V5Z", "M5.4 5.4l5.2 5.2m0-5.2-5.2 5.2"),
}


def mark(tone: str) -> str:
    """Outline and sign as one path, to be stroked."""
    return "".join(SHAPES[tone])


def favicon(tone: str) -> bytes:
    """The icon of a tone as a file."""
    return _svg(tone).encode()


def data_icon(tone: str) -> SafeString:
    """The same as an address that holds it; a page without a tone has a quiet dot."""
    svg = _svg(tone).replace('"', "'") if tone else _DOT
    return mark_safe(f"data:image/svg+xml,{quote(svg, safe=_PLAIN)}")  # noqa: S308 (our own shapes)


# What needs no escape in an attribute in double quotes and in a data: address.
_PLAIN = "/:='(),;+"
_DOT = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
    f"<circle cx='8' cy='8' r='7' fill='#{COLOURS['unk']}'/></svg>"
)


def _svg(tone: str) -> str:
    outline, sign = SHAPES[tone]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<path d="{outline}" fill="#{COLOURS[tone]}"/>'
        f'<path d="{sign}" fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round"/></svg>'
    )
