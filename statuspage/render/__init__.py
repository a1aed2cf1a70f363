"""Snapshot to files: the public page, the Statuspage API, the feed. Pure.

`render` reads no database, no request and no clock, and reaches no model: the same snapshot gives
the same bytes. It needs Django's settings configured and `django.setup()` done, with any
INSTALLED_APPS or none; without the application `statuspage` in them, `LOCALE` in LOCALE_PATHS.
"""

from statuspage.render.engine import LOCALE, renderer
from statuspage.render.site import render

RENDERER = renderer()

__all__ = ["LOCALE", "RENDERER", "render"]
