"""What every test needs: the services first, because Django's settings read the environment."""

from tests import services  # noqa: I001 (before Django)

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import django

services.start()
django.setup()

import hypothesis  # noqa: E402 (Django is set up by now)
import pytest  # noqa: E402
from _pytest.nodeid import NodeId  # noqa: E402
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
        databases.remember()


HERE = Path(__file__).parent
TransactionTestCase._fixture_teardown = databases.empty

# Every account that a test makes would take half a second else.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]

# As with Postgres here: nobody pulls the plug on a test, and waiting for disks was a quarter of publishing.
os.fsync = os.fstat

# A busy machine is slow, not wrong. The same code is judged by the same examples each time, so that who
# changes one thing is not stopped by another; `pytest --hypothesis-profile=explore` looks for new ones.
hypothesis.settings.register_profile(
    "explore", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "same", hypothesis.settings.get_profile("explore"), derandomize=True, database=None
)
hypothesis.settings.load_profile("same")


# What all tests of a folder share takes seconds to make: a sealed folder, an exported page.
SHARING = {"contracts", "emergency"}


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """What is slow goes to one worker by the module, which makes what they share once; groups begin first.

    Among groups those of most tests begin first (xdist); single tests fill the gaps and even out the end.
    What waits most of its time is one group ("waiting"), so that the other workers have the processors.
    """
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        if item.path.parent.name in SHARING:
            item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
        elif item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.xdist_group(item.path.relative_to(HERE).as_posix()))
    yield
    # xdist 3.8 names the group where pytest 9.2 no longer looks, and each test went where there was room.
    for item in items if getattr(config.option, "loadgroup", False) else ():
        group = item.get_closest_marker("xdist_group")
        if group and not item.nodeid.endswith(f"@{group.args[0]}"):
            item._id = NodeId.parse(f"{item.nodeid}@{group.args[0]}")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for garbage took a fifth of all the time."""
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_language_of_an_earlier_test() -> None:
    """What a request left active must not decide in which language the next test reads."""
    translation.deactivate()
