"""Django as the engine of templates and translations alone: no application, no database.

Whoever already runs inside the application (its tests) keeps the settings that are there.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import django
from django.conf import settings

from statuspage.translations import compile_catalogs

# Where the code lies: the checkout, or the sealed folder. (The renderer knows it too, but needs the
# settings already to be imported.)
BASE = Path(__file__).resolve().parent.parent.parent
LOCALES = [BASE / app / "locale" for app in ("statuspage", "incidents", "subscribers", "monitors")]
LANGUAGES = {"en": "English", "fr": "Français"}


def configure() -> None:
    """Makes the renderer and the tool's own sentences work; to be called before either is imported."""
    if not settings.configured:
        _compile()
        settings.configure(
            USE_TZ=True,
            TIME_ZONE="UTC",
            LANGUAGE_CODE="en",
            LANGUAGES=list(LANGUAGES.items()),
            LOCALE_PATHS=[str(path) for path in LOCALES],
            INSTALLED_APPS=[],
            TEMPLATES=[
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "DIRS": [str(BASE / "templates")],
                }
            ],
            LOGGING_CONFIG=None,
        )
        django.setup()


def language_of(environment: Mapping[str, str]) -> str:
    """The language of the person at this terminal, as EMERGENCY_LANGUAGE or the locale says."""
    for name in ("EMERGENCY_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        said = environment.get(name, "")
        if said:
            return "fr" if said.lower().startswith("fr") else "en"
    return "en"


def _compile() -> None:
    # A sealed folder brings its catalogs compiled, and may lie on a medium that nobody can write to.
    if all(os.access(path / "fr" / "LC_MESSAGES", os.W_OK) for path in LOCALES):
        compile_catalogs(BASE)
