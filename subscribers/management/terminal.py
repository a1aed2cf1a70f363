"""The language of whoever reads a terminal, as their environment says it."""

import os

from django.conf import settings


def language() -> str:
    """The first of LC_ALL, LC_MESSAGES and LANG that is set, where we speak it; else the installation's."""
    said = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    code = said[:2].lower()
    return code if code in dict(settings.LANGUAGES) else str(settings.LANGUAGE_CODE)
