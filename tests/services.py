"""A private Postgres and Valkey for the test session, in the environment before settings load.

DATABASE_URL and REDIS_URL that are already set are used as they are, and so is the controller's
Postgres by the workers of xdist, which inherit its environment and have a database each. Queues have
the same names for everybody: each worker of xdist has a Valkey of its own.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

from statuspage.embedded.postgres import Postgres
from statuspage.embedded.valkey import Valkey
from statuspage.translations import compile_catalogs

_stops: list[Callable[[], None]] = []


def start() -> None:
    """Starts what is missing; it stops when this process ends."""
    atexit.register(_stop)
    folder = Path(tempfile.mkdtemp(prefix="statuspage-tests-"))
    # The user nobody passes through it, where Postgres has to run as nobody.
    folder.chmod(0o711)
    _stops.append(lambda: shutil.rmtree(folder, ignore_errors=True))
    # Of the controller, where workers of xdist find what one of them made for all.
    os.environ.setdefault("TESTS_SHARED", str(folder))
    if not os.environ.get("DATABASE_URL"):
        postgres = Postgres(folder / "postgres", durable=False)
        _stops.append(postgres.stop)
        os.environ["DATABASE_URL"] = postgres.start()
        os.environ["TESTS_OWN_POSTGRES"] = "yes"
    if "PYTEST_XDIST_WORKER" in os.environ or not os.environ.get("REDIS_URL"):
        valkey = Valkey(folder / "valkey")
        _stops.append(valkey.stop)
        os.environ["REDIS_URL"] = valkey.start()
    _settings(folder)
    compile_catalogs(Path(__file__).parent.parent)


def _settings(folder: Path) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "statuspage.settings"
    os.environ["SECRET_KEY"] = "only for tests"
    os.environ.setdefault("DATA_KEYS", Fernet.generate_key().decode())
    os.environ.setdefault("SIGNING_KEY", Fernet.generate_key().decode())
    os.environ["STATE_DIR"] = str(folder)
    os.environ["APP_URL"] = "http://testserver"
    # What staff can do is not tested through their telephones; the sign-in's own tests require it again.
    os.environ["SECOND_FACTOR"] = "optional"
    os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"


def _stop() -> None:
    while _stops:
        _stops.pop()()
