"""Looking twice, at once, or after a crash changes nothing; where nothing is wrong it costs a statement."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from incidents.models import Incident, Outbreak, Update
from incidents.watching import silence, ticking
from monitors.models import Page
from monitors.status import Status
from statuspage import changes, releases
from statuspage.installation import installation
from statuspage.models import AuditEntry
from statuspage.stored import contents, files_at
from subscribers.models import Notice
from tests.incidents.make import make_subscriber
from tests.incidents.watching.scenes import DOWN, UP, at, hear, incidents, make_seen, tick
from tests.make import make_page


def failing(policy: str = "open") -> Page:
    page = make_page()
    for name in ("Checkout", "Search"):
        _component, monitor = make_seen(page, name, policy)
        hear(monitor, 1, DOWN)
    return page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("policy", ["open", "draft"])
def test_ticks_at_the_same_moment_do_it_once(policy: str, caplog: pytest.LogCaptureFixture) -> None:
    page = failing(policy)
    make_subscriber(page)
    together = threading.Barrier(4)

    def look() -> None:
        together.wait()
        for second in range(5):
            ticking.tick(at(2) + timedelta(seconds=second))
        connections.close_all()

    threads = [threading.Thread(target=look) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Outbreak.objects.count() == 1
    assert page.drafts.count() == (policy == "draft")
    assert Update.objects.count() == Notice.objects.count() == (policy == "open")
    assert [each for each in caplog.records if each.name == ticking.__name__] == []


@pytest.mark.django_db(transaction=True)
def test_what_a_crash_interrupts_is_done_once_afterwards() -> None:
    page = failing()
    with transaction.atomic():
        tick(2)
        assert len(incidents(page)) == 1
        transaction.set_rollback(True)
    assert incidents(page) == []
    tick(2, 2.1)
    assert len(incidents(page)) == 1
    assert Update.objects.count() == 1


@pytest.mark.django_db
def test_one_page_that_fails_holds_up_no_other() -> None:
    broken, fine = failing(), failing()
    Page.objects.filter(pk=broken.pk).update(time_zone="Nowhere/Atall")
    tick(2)
    assert incidents(broken) == []
    assert len(incidents(fine)) == 1


@pytest.mark.django_db
def test_looking_asks_little_where_nothing_is_wrong() -> None:
    page = make_page()
    for number in range(20):
        make_seen(page, f"Component {number}")
    with CaptureQueriesContext(connection) as asked:
        tick(1)
        silence.tick(at(1))
    assert len(asked) == 2


@pytest.mark.django_db
def test_what_goes_on_costs_the_same_however_much_fails() -> None:
    page = failing()
    tick(2, 2.1)
    with CaptureQueriesContext(connection) as few:
        tick(2.2)
    for number in range(20):
        _component, monitor = make_seen(page, f"Component {number}")
        hear(monitor, 1.1, DOWN)
    tick(4, 4.1)
    with CaptureQueriesContext(connection) as many:
        tick(4.2)
    assert len(few) == len(many)


@pytest.mark.django_db
def test_noticing_and_declaring_cost_the_same_however_much_fails() -> None:
    costs = []
    # The first remembers what is asked once for all.
    for number in (2, 2, 30):
        page = make_page()
        for place in range(number):
            _component, monitor = make_seen(page, f"Component {place}")
            hear(monitor, 1 + place / 100, DOWN)
        with CaptureQueriesContext(connection) as asked:
            tick(1.5, 2)
        costs.append(len(asked))
        page.delete()
    assert costs[1] == costs[2]


@pytest.mark.django_db(transaction=True)
def test_from_a_check_that_fails_to_the_page_that_says_so_and_back() -> None:
    page = make_page()
    component, monitor = make_seen(page)

    def published(minute: float) -> tuple[str, str]:
        release = releases.make(page, at(minute), installation())
        assert release is not None
        changes.tell()
        files = contents(files_at(page.pk, release.sequence).filter(path__in=["index.html", "status.json"]))
        [shown] = json.loads(files["status.json"])["components"]
        return shown["status"], files["index.html"].decode()

    assert published(0)[0] == "operational"
    hear(monitor, 1, DOWN)
    tick(1)
    status, index = published(1)
    assert status == "major_outage"
    assert "Our automatic checks" not in index
    tick(2)
    status, index = published(2)
    assert "Major outage: Checkout" in index
    assert "Our automatic checks have been finding problems" in index
    hear(monitor, 5, UP)
    tick(5)
    assert published(5)[0] == "operational"
    tick(15)
    status, index = published(15)
    assert status == "operational"
    assert Incident.objects.get().status == "resolved"
    assert component.spans.filter(source__startswith="incident", status=Status.MAJOR_OUTAGE).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_log_of_changes_says_who_posted_it() -> None:
    page = failing()
    tick(2)
    entry = AuditEntry.objects.filter(thing="incidents_update").latest("pk")
    assert (entry.actor, entry.action) == ("", "insert")
    assert entry.after is not None
    assert entry.after["monitoring"] is True
    assert page.incidents.count() == 1
