"""Several targets at once, each answering in the language of the person who asked; none is waited for."""

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
    seconds: float,
    late: Callable[[Given], Answer],
) -> list[Answer]:
    """What `work` makes of each; `late` answers for those that take more than `seconds`."""
    language = translation.get_language()

    def spoken(item: Given) -> Answer:
        with translation.override(language):
            return work(item)

    pool = ThreadPoolExecutor(max(1, len(items)))
    jobs = [(item, pool.submit(spoken, item)) for item in items]
    done = wait([job for _item, job in jobs], timeout=seconds).done
    # Who is late goes on by himself until the command ends, which waits for nobody (__main__).
    pool.shutdown(wait=False)
    return [job.result() if job in done else late(item) for item, job in jobs]
