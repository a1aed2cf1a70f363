"""Several targets at once, each answering in the language of the person who asked."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from django.utils import translation

Given = TypeVar("Given")
Answer = TypeVar("Answer")


def each(
    work: Callable[[Given], Answer],
    items: Sequence[Given],
    *,
    seconds: float | None = None,
    late: Callable[[Given], Answer] | None = None,
) -> list[Answer]:
    """What `work` makes of each; `late` answers for those that take more than `seconds`."""
    language = translation.get_language()

    def spoken(item: Given) -> Answer:
        with translation.override(language):
            return work(item)

    pool = ThreadPoolExecutor(max(1, len(items)))
    jobs = [(item, pool.submit(spoken, item)) for item in items]
    wait([job for _item, job in jobs], timeout=seconds)
    # Who is late goes on by himself: nobody waits for a dead target.
    pool.shutdown(wait=False)
    return [job.result() if late is None or job.done() else late(item) for item, job in jobs]
