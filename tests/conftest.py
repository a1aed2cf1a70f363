"""What every test needs: the services first, because Django's settings read the environment."""

from tests import services  # noqa: I001 (before Django)

import gc
import os

import django

services.start()
django.setup()

import pytest  # noqa: E402 (Django is set up by now)
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402
from django.utils import translation  # noqa: E402
from pytest_django import DjangoDbBlocker  # noqa: E402

from tests import databases  # noqa: E402


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """The tables are made once for all workers; migrations find nothing left to do in a copy."""
    with django_db_blocker.unblock():
        if template := databases.template():
            connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests with real transactions empty every table afterwards, the audit log too."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE statuspage_auditentry DISABLE TRIGGER append_only")


TransactionTestCase._fixture_teardown = databases.empty

# Every account that a test makes would take half a second else.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]

# As with Postgres here: nobody pulls the plug on a test, and waiting for disks was a quarter of publishing.
os.fsync = os.fstat


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage took a fifth of all the time."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_language_of_an_earlier_test() -> None:
    """What a request left active must not decide in which language the next test reads."""
    translation.deactivate()
