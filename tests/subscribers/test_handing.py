from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.make import make_page
from tests.subscribers.make import Clock, make_means, make_subscriber, notify, send

pytestmark = pytest.mark.django_db


def test_whether_mails_are_still_to_be_sent_is_asked_while_others_are_recorded(tmp_path: Path) -> None:
    page = make_page()
    for _ in range(60):
        make_subscriber(page)
    notify(page)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert send("email", make_means(mail_folder=tmp_path), Clock()) == 60

    alone = [query for query in asked if query["sql"].startswith("SELECT d.id FROM subscribers_delivery d")]
    assert len(alone) == 1
