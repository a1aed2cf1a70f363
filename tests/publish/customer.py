"""A customer who reads the page all the while that it is published."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.publish.make import links, number
from tests.publish.places import Place


class Customer:
    """Reads the index and what it names, again and again."""

    def __init__(self, place: Place) -> None:
        self.reads = 0
        self.wrong: list[str] = []
        self._place = place
        self._last = 0

    def reads_until(self, over: threading.Event) -> None:
        # The pause leaves the interpreter to the publishers beside it.
        while not over.wait(0.005):
            index = self._place.get("index.html")
            if index is not None:
                self._judge(index)

    def _judge(self, index: bytes) -> None:
        self.reads += 1
        if number(index) < self._last:
            self.wrong.append(f"back from {self._last} to {number(index)}")
        self._last = number(index)
        for link in links(index):
            if self._place.get(link) is None and link in links(self._place.get("index.html") or b""):
                self.wrong.append(f"{number(index)} names {link}")


@contextmanager
def read_all_the_while(place: Place) -> Iterator[Customer]:
    customer = Customer(place)
    over = threading.Event()
    thread = threading.Thread(target=customer.reads_until, args=(over,))
    thread.start()
    yield customer
    over.set()
    thread.join()
