"""A page with many subscribers, in a Postgres that waits for its disk as in production."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from statuspage.embedded.postgres import Postgres
from tests import services

if TYPE_CHECKING:
    from subscribers.models import Notice

MANY = 100_000
_SUBSCRIBE = """
INSERT INTO subscribers_subscriber
    (page_id, public_id, channel, address, language, state, everything, secret, created_at, asked_at)
SELECT %s, lpad(n::text, 12, '0'), 'email', 'reader' || n || '@example.com', 'en', 'active', true, '', now(),
    now()
FROM generate_series(1, %s) n
"""


@contextmanager
def post_room(subscribers: int = MANY) -> Iterator[None]:
    """Django, set up on a database of its own, with one page and so many active subscribers by mail."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        postgres = Postgres(Path(name) / "postgres")
        os.environ["DATABASE_URL"] = postgres.start()
        try:
            services.start()
            _fill(subscribers)
            yield
        finally:
            _close()
            postgres.stop()


def _fill(subscribers: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from monitors.models import Page

    call_command("migrate", verbosity=0)
    page = Page.objects.create(name="Acme", domain="status.example.com", url="https://status.example.com")
    with connection.cursor() as cursor:
        cursor.execute(_SUBSCRIBE, [page.pk, subscribers])
        cursor.execute("VACUUM ANALYZE")


def _close() -> None:
    from django.db import connection

    connection.close()


def notify(
    event: str = "incident.created", subject: str = "incident:incident0001", ago: float = 0
) -> "Notice":
    """Tell everybody; `ago` seconds."""
    from django.utils import timezone

    from monitors.models import Page
    from subscribers import outbox
    from tests.subscribers.make import make_payload

    return outbox.create(
        Page.objects.get(),
        event=event,
        subject=subject,
        payload=make_payload(),
        component_ids=[],
        now=timezone.now() - timedelta(seconds=ago),
    )


def start_anew() -> None:
    """Nobody was ever told anything."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE subscribers_delivery, subscribers_notice, subscribers_throttle CASCADE")
