"""Everything between an answering database and the start of the application.

Each step does nothing where nothing is left to do, so that a second start is quick. It shows its
steps on stdout and writes one JSON report to a file descriptor:

    python -m statuspage.embedded.prepare FD PORT [--demo]
"""

import hashlib
import json
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import EmbeddedError
from .steps import step

if TYPE_CHECKING:
    from monitors.models import Page

Report = dict[str, str]


def main() -> None:
    """Reports `{"error": sentence}` where a person can do something about it."""
    descriptor, port, demo = int(sys.argv[1]), int(sys.argv[2]), "--demo" in sys.argv[3:]
    try:
        report = prepare(port, demo=demo)
    except EmbeddedError as error:
        report = {"error": str(error)}
    with os.fdopen(descriptor, "w") as out:
        json.dump(report, out)


def prepare(port: int, *, demo: bool) -> Report:
    """The steps in order; answers the first sign-in and a note, each where there is one."""
    with step("Settings"):
        _load_settings()
    with step("Database tables"):
        _check_database()
        _migrate()
    with step("Translations"):
        from django.conf import settings

        from statuspage.translations import compile_catalogs

        compile_catalogs(settings.BASE_DIR)
    with step("Static files"):
        _collect_static()
    with step("First page and owner"):
        return _owner() | _page(port, demo=demo)


def _load_settings() -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "statuspage.settings")
    try:
        django.setup()
    except (ImproperlyConfigured, ValueError) as error:
        raise EmbeddedError(f"The settings cannot be used: {error}") from error


def _check_database() -> None:
    from django.core.exceptions import ImproperlyConfigured
    from django.db import Error, connection

    from .installations import OLDEST

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
            version = cursor.fetchone()[0]
    except (Error, ValueError) as error:
        reason = " ".join(str(error).split())
        raise EmbeddedError(f"The database of DATABASE_URL cannot be used: {reason}") from error
    except ImproperlyConfigured as error:
        raise EmbeddedError(
            "DATABASE_URL is not the address of a database, such as postgres://user:password@host/name."
        ) from error
    if version < OLDEST:
        raise EmbeddedError(f"The database is Postgres {version}; {OLDEST} or newer is needed.")


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import Error

    try:
        call_command("migrate", interactive=False, verbosity=0)
    except Error as error:
        reason = " ".join(str(error).split())
        raise EmbeddedError(f"The database tables cannot be made: {reason}") from error


def _collect_static() -> None:
    """Collects and compresses, where any source changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            digest.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT).with_suffix(".stamp")
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(digest.hexdigest())


def _owner() -> Report:
    """The first owner, where there is no user at all, with a password that is shown only now."""
    from django.contrib.auth.models import User

    from statuspage.people.holders import give
    from statuspage.people.roles import Role

    if User.objects.exists():
        return {}
    password = secrets.token_urlsafe(12)
    owner = User.objects.create_superuser("owner", password=password)
    give(owner, Role.OWNER)
    return {"owner": owner.get_username(), "password": password}


def _page(port: int, *, demo: bool) -> Report:
    from django.conf import settings

    from monitors.models import Page
    from statuspage import first_page

    state = Path(settings.STATE_DIR)
    _at_port(state / "port", port, first_page.follow_port)
    first_page.create(settings.APP_URL, port, state)
    page = Page.objects.earliest("pk")
    return _demonstrate(page) if demo and not page.demo else {}


def _demonstrate(page: "Page") -> Report:
    from django.utils import timezone

    from statuspage import demo

    try:
        demo.fill(page, timezone.now())
    except demo.NotEmpty:
        return {"note": "The first page has content of its own: --demo left it as it is."}
    return {}


def _at_port(memory: Path, port: int, move: Callable[[int, int], None]) -> None:
    """Calls `move(old, new)` where the last start used another port."""
    if memory.exists() and (old := int(memory.read_text())) != port:
        move(old, port)
    memory.write_text(str(port))


if __name__ == "__main__":
    main()
