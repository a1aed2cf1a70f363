"""What every test needs: the services first, because Django's settings read the environment."""

from tests import services  # noqa: I001 (before Django)

import django

services.start()
django.setup()

import pytest  # noqa: E402 (Django is set up by now)
from django.utils import translation  # noqa: E402


@pytest.fixture(autouse=True)
def _no_language_of_an_earlier_test() -> None:
    """What a request left active must not decide in which language the next test reads."""
    translation.deactivate()
