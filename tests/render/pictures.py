"""Draws what `statuspage/render/pictures` holds: a picture per state and language, an icon per state.

Words in big letters, a shape and a colour; few colours and no shades, so that each is a small file.
"""

import struct

import django
from django.utils import translation
from playwright.sync_api import Page

from statuspage.render import LOCALE
from statuspage.render.engine import PICTURES
from statuspage.render.icons import COLOURS, favicon
from statuspage.render.languages import LANGUAGES
from statuspage.render.words import TONES, status_word
from statuspage.translations import compile_catalogs
from tests.chromium import chromium
from tests.render.palette import with_palette

WIDTH, HEIGHT = 1200, 630
ICONS = (16, 32)
CARD = """<!doctype html><style>
body{margin:0;width:1200px;height:630px;display:flex;flex-direction:column;justify-content:center;
box-sizing:border-box;padding:0 90px;gap:48px;background:#fbfaf7;border-top:36px solid #%(colour)s;
color:#1c1b19;font:700 %(size)spx/1.1 Liberation Sans,Arial,sans-serif;letter-spacing:-.02em}
svg{width:150px;height:150px}
</style>%(mark)s<div>%(word)s</div>"""


def draw() -> None:
    """Writes every file."""
    compile_catalogs(LOCALE.parent.parent)
    django.setup()
    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        for status, tone in TONES.items():
            (PICTURES / f"{status.value}.ico").write_bytes(_icon(page, tone))
            for language in LANGUAGES:
                with translation.override(language):
                    word = status_word(status)
                picture = _picture(page, tone, word)
                (PICTURES / f"{language}-{status.value}.png").write_bytes(picture)


def _picture(page: Page, tone: str, word: str) -> bytes:
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    size = 128 if len(word) < 20 else 104
    page.set_content(
        CARD % {"colour": COLOURS[tone], "mark": favicon(tone).decode(), "word": word, "size": size}
    )
    return with_palette(page.screenshot())


def _icon(page: Page, tone: str) -> bytes:
    """Both sizes as PNG in one file, as Windows' icons are."""
    made = [(size, _small(page, tone, size)) for size in ICONS]
    head, body = struct.pack("<HHH", 0, 1, len(made)), b""
    offset = len(head) + 16 * len(made)
    for size, png in made:
        head += struct.pack("<BBBBHHII", size, size, 0, 0, 1, 32, len(png), offset + len(body))
        body += png
    return head + body


def _small(page: Page, tone: str, size: int) -> bytes:
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(f"<style>body{{margin:0}}svg{{display:block}}</style>{favicon(tone).decode()}")
    return page.screenshot(omit_background=True)


if __name__ == "__main__":
    draw()
