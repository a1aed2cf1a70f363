"""The product is told to end while customers read, subscribe and are told: nobody sees it break."""

import http.client
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest

from statuspage.embedded.postgres import Postgres
from tests.e2e.product import Product, fetch, until

pytestmark = pytest.mark.slow

DRAINED = 30  # seconds


class Crowd:
    """Readers and people who subscribe, each as fast as they are answered, until they are refused."""

    def __init__(self, product: Product, page_id: str) -> None:
        self._host = urlsplit(product.url).netloc
        self._path = f"/subscribe/{page_id}/"
        form = fetch(product.url + self._path).decode()
        shown = re.search(r'name="shown" value="([^"]+)"', form)
        assert shown
        self._shown = shown[1]
        self._numbers = count(1)
        self._ended = threading.Event()
        self.answers: Counter[int] = Counter()
        self.acknowledged: list[str] = []

    def read(self) -> None:
        """A customer."""
        while not self._ended.is_set():
            self._ask("GET", "/", "", {})

    def subscribe(self) -> None:
        """Somebody new each time, from a network of their own."""
        while not self._ended.is_set():
            number = next(self._numbers)
            address = f"person{number}@customers.example"
            body = urlencode(
                {
                    "channel": "email",
                    "address": address,
                    "scope": "all",
                    "kinds": "all",
                    "language": "en",
                    "shown": self._shown,
                    "website": "",
                    "time_zone": "",
                }
            )
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Forwarded-For": f"198.18.{number // 250}.{number % 250}",
            }
            if self._ask("POST", f"{self._path}send/", body, headers) == 200:
                self.acknowledged.append(address)

    def _ask(self, method: str, path: str, body: str, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection(self._host, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            # Nobody listens any more; what was not answered was not promised.
            return 0
        finally:
            connection.close()
        self.answers[answer.status] += 1
        return answer.status

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Three of each."""
        threads = [threading.Thread(target=work) for work in (self.read, self.subscribe) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()


def test_whoever_was_answered_is_subscribed_and_nobody_saw_an_error(
    tmp_path: Path, postgres: Postgres
) -> None:
    product = Product(tmp_path, {"DATABASE_URL": postgres.url, "TRUSTED_PROXIES": "1"})
    product.start()
    try:
        page_id = product.shell("from monitors.models import Page\nprint(Page.objects.get().public_id)")
        crowd = Crowd(product, page_id)
        threading.Event().wait(1.5)  # a form that is sent at once is a program's
        with crowd.busy():
            until(lambda: len(crowd.acknowledged) > 200 and crowd.answers[200] > 500, "the crowd is served")
            began = time.monotonic()
            product.stop()
            assert time.monotonic() - began < DRAINED
    finally:
        product.stop()
    print("answers:", dict(crowd.answers))
    assert set(crowd.answers) == {200}
    with psycopg.connect(postgres.url) as database:
        rows = database.execute("SELECT address FROM subscribers_subscriber").fetchall()
    assert set(crowd.acknowledged) <= {address for (address,) in rows}
