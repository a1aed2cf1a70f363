"""One notice for 100,000 subscribers: how long until all their deliveries are committed.

The reference writes as many rows of the same columns into a table without an index, in the same database.
"""

import statistics
import time
from collections.abc import Callable

from bench._post_room import MANY, notify, post_room, start_anew

TURNS = 3
_PLAIN = "CREATE TABLE plain AS SELECT * FROM subscribers_delivery"
HEAD = """\
## Writing 100,000 deliveries

One update told to {many:,} subscribers by mail, until it is committed; medians of {turns}. Goal: ≤ 3 s.

| case | s | ratio |
|---|---:|---:|"""


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def plain() -> None:
    """The rows that there are, once more."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_PLAIN)
        cursor.execute("DROP TABLE plain")


def turn() -> dict[str, float]:
    """Every case once."""
    start_anew()
    first = seconds(lambda: notify(ago=3))
    return {
        "reference: the same rows into a table without an index": seconds(plain),
        "the first update": first,
        "an update that replaces as many that still wait": seconds(lambda: notify("incident.updated", ago=2)),
        "one more, about something else": seconds(lambda: notify(subject="incident:other", ago=1)),
    }


def main() -> None:
    """Measures and prints."""
    with post_room():
        turns = [turn() for _turn in range(TURNS)]
    took = {case: statistics.median(turn[case] for turn in turns) for case in turns[0]}
    base = next(iter(took.values()))
    print(HEAD.format(many=MANY, turns=TURNS))
    print("\n".join(f"| {case} | {each:.2f} | {each / base:.1f} |" for case, each in took.items()))


if __name__ == "__main__":
    main()
