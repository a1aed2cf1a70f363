"""Those who ask at the same time: on real connections, with everything committed."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from monitors.models import Page
from subscribers import allowance
from subscribers.front import together
from subscribers.front.together import NotWritten, Together
from subscribers.models import Delivery, Subscriber
from tests.make import make_page
from tests.subscribers.test_asking import make_question

pytestmark = pytest.mark.django_db(transaction=True)
# In this database alone: others of the same server may wait for something, too.
ASKED = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE NOT granted AND relation = 'subscribers_allowance'::regclass AND datname = current_database()
"""


@pytest.fixture
def group() -> Iterator[Together]:
    group = Together()
    yield group
    group.stop()


@contextmanager
def nobody_writes() -> Iterator[None]:
    """Holds up every sign-up for as long as this lasts."""
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE subscribers_allowance")
        yield
    finally:
        other.close()


def until_held() -> None:
    """Until a sign-up stands before the lock."""
    with connection.cursor() as cursor:
        while True:
            cursor.execute(ASKED)
            if cursor.fetchone()[0]:
                return


def until_waiting(group: Together, count: int) -> None:
    """Until that many wait for the next transaction."""
    while group._waiting.qsize() < count:
        time.sleep(0)


def transactions() -> int:
    """In how many the subscribers were written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT xmin::text) FROM subscribers_subscriber")
        return int(cursor.fetchone()[0])


def ask(group: Together, page: Page, name: str) -> Callable[[], bool]:
    return lambda: group.ask(make_question(page, f"{name}@example.com", network=f"network of {name}"))


def test_who_waits_meanwhile_is_written_in_one_transaction(group: Together) -> None:
    page = make_page()
    with ThreadPoolExecutor(20) as pool:
        with nobody_writes():
            answers = [pool.submit(ask(group, page, "first"))]
            until_held()
            answers += [pool.submit(ask(group, page, f"r{number}")) for number in range(19)]
            until_waiting(group, 19)
            assert not any(answer.done() for answer in answers)
        assert all(answer.result() for answer in answers)

    assert Delivery.objects.count() == 20
    assert transactions() == 2


def test_nobody_is_told_yes_before_it_is_committed(group: Together) -> None:
    page = make_page()
    with ThreadPoolExecutor(1) as pool, nobody_writes():
        answer: Future[bool] = pool.submit(ask(group, page, "first"))
        until_held()
        assert not answer.done()
        assert not Subscriber.objects.exists()
    assert answer.result()
    assert Subscriber.objects.exists()


def test_a_group_that_fails_is_not_written_and_the_next_one_is(group: Together) -> None:
    page = make_page()
    with pytest.raises(NotWritten):
        group.ask(make_question(page, "a\x00@example.com"))
    with pytest.raises(NotWritten):
        group.ask(make_question(page, "a@example.com", page=0))

    assert group.ask(make_question(page, "a@example.com"))
    assert Subscriber.objects.get().address == "a@example.com"


def test_a_connection_that_was_cut_is_replaced(group: Together) -> None:
    page = make_page()
    assert ask(group, page, "a")()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(NotWritten):
        ask(group, page, "b")()

    assert ask(group, page, "c")()


def test_nobody_waits_for_ever(group: Together, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "PATIENCE", 0.05)
    with nobody_writes(), pytest.raises(NotWritten):
        ask(group, make_page(), "a")()


def test_what_waits_is_written_before_the_end() -> None:
    group, page = Together(), make_page()
    with ThreadPoolExecutor(5) as pool:
        with nobody_writes():
            answers = [pool.submit(ask(group, page, "r0"))]
            until_held()
            answers += [pool.submit(ask(group, page, f"r{number}")) for number in range(1, 5)]
            until_waiting(group, 4)
            ending = threading.Thread(target=group.stop)
            ending.start()
        ending.join()
        assert all(answer.result() for answer in answers)
    assert Subscriber.objects.count() == 5


def test_a_network_gets_no_more_together_than_alone(group: Together) -> None:
    page = make_page()

    def one(number: int) -> bool:
        return group.ask(make_question(page, f"a{number}@example.com"))

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one, range(allowance.LIMIT + 20)))

    assert answers.count(True) == allowance.LIMIT == Subscriber.objects.count()
