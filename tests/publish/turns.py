"""A store in memory whose every request waits for its turn, so that a test decides who goes first."""

import hashlib
import threading
from collections.abc import Callable

from statuspage.publish import Bundle, PublishError
from statuspage.publish.fenced import publish
from statuspage.publish.store import Changed, Mark, Seen
from statuspage.render.files import cache_control, content_type

Objects = dict[str, tuple[bytes, Mark]]
Turns = list[tuple[int, int]]


class Publisher:
    """One publication in a thread of its own, which only runs inside `step`: a fenced.Store.

    Tags are hashes of the content alone, as those of real stores.
    """

    def __init__(self, objects: Objects, bundle: Bundle, *, heeds: bool = True) -> None:
        self.heeds = heeds
        self.error: BaseException | None = None
        self.waits_to = "start"
        self._objects = objects
        self._turn = threading.Semaphore(0)
        self._waits = threading.Semaphore(0)
        self.over = False
        self._thread = threading.Thread(target=self._run, args=(bundle,), daemon=True)
        self._thread.start()
        self._waits.acquire()

    def step(self) -> bool:
        """Lets one request happen; False once there is none left."""
        if self.over:
            return False
        self._turn.release()
        self._waits.acquire()
        return True

    def finish(self) -> None:
        """Lets all of it happen."""
        while self.step():
            pass

    def _run(self, bundle: Bundle) -> None:
        self._waits.release()
        self._turn.acquire()
        try:
            publish(self, bundle, map)
        except BaseException as error:
            self.error = error
        self.over = True
        self._waits.release()

    def step_until(self, request: str) -> None:
        """Lets things happen until the next one is `request`."""
        while self.waits_to != request:
            assert self.step(), f"it never came to {request}"

    def _wait(self, request: str) -> None:
        self.waits_to = request
        self._waits.release()
        self._turn.acquire()

    def _seen(self, path: str) -> Seen | None:
        if path not in self._objects:
            return None
        content, mark = self._objects[path]
        return Seen(hashlib.md5(content).hexdigest(), mark)

    def read(self, path: str) -> tuple[bytes, str] | None:
        self._wait(f"read {path}")
        seen = self._seen(path)
        return (self._objects[path][0], seen.tag) if seen else None

    def look(self, path: str) -> Seen | None:
        self._wait(f"look {path}")
        return self._seen(path)

    def write(self, path: str, content: bytes, mark: Mark, over: str | None) -> str:
        self._wait(f"write {path}")
        seen = self._seen(path)
        if self.heeds and (seen.tag if seen else None) != over:
            raise Changed
        self._objects[path] = (content, mark)
        return hashlib.md5(content).hexdigest()

    def delete(self, path: str, tag: str) -> None:
        self._wait(f"delete {path}")
        seen = self._seen(path)
        if seen and seen.tag != tag:
            raise Changed
        self._objects.pop(path, None)

    def headers(self, path: str) -> str:
        return f"{content_type(path)}\n{cache_control(path)}\n"

    def listed(self) -> dict[str, str]:
        self._wait("list")
        return {path: hashlib.md5(content).hexdigest() for path, (content, _) in self._objects.items()}


def whole(objects: Objects, bundle: Bundle) -> None:
    """One publication with nobody else about. Raises what it raises."""
    publisher = Publisher(objects, bundle)
    publisher.finish()
    if publisher.error:
        raise publisher.error


def interleave(publishers: list[Publisher], turns: Turns, after_each: Callable[[], None]) -> None:
    """Gives turns as listed, (whose, how many), then lets the rest finish in order."""
    for whose, count in turns:
        for _ in range(count):
            publishers[whose].step()
            after_each()
    for publisher in publishers:
        while publisher.step():
            after_each()
    for publisher in publishers:
        assert publisher.error is None or isinstance(publisher.error, PublishError), publisher.error
