"""Where drills happen, as the settings say. For edges only."""

from django.conf import settings

from statuspage.drill.scene import Place


def place() -> Place:
    """This installation's."""
    return Place(settings.APP_URL, settings.DRILL_URL, settings.STATE_DIR / "drill")
