"""What is asked often and dear to answer: kept for a while, and made by one thread at a time."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """The answer of `make`, not older than so many seconds."""

    def __init__(self, make: Callable[[], T], seconds: float) -> None:
        self._make = make
        self._seconds = seconds
        self._guard = threading.Lock()
        self._kept: tuple[float, T] | None = None

    def __call__(self) -> T:
        """The answer; whoever comes while it is made waits for that one."""
        with self._guard:
            if self._kept is None or time.monotonic() - self._kept[0] > self._seconds:
                answer = self._make()
                # From when it was made: that may take longer than it is kept.
                self._kept = (time.monotonic(), answer)
            return self._kept[1]

    def forget(self) -> None:
        """The next one who asks gets a new answer."""
        with self._guard:
            self._kept = None
