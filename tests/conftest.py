"""What every test needs: the services first, because Django's settings read the environment."""

from tests import services  # noqa: I001 (before Django)

import django

services.start()
django.setup()
