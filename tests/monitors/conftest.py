"""Stylesheets and scripts served without being collected first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from tests.monitors.admin_pages import Staff


@pytest.fixture
def staff(db: None, settings: object) -> Staff:
    """A member of staff who is signed in."""
    return Staff()


@pytest.fixture(scope="session", autouse=True)
def _static_folder() -> None:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture(autouse=True)
def _plain_static_files(settings) -> None:  # type: ignore[no-untyped-def]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def _one_language() -> Iterator[None]:
    yield
    # What a request spoke stays active in its thread.
    translation.deactivate()
