"""Taking deliveries under a lease, by 500 and one by one, out of 100,000 that are due."""

import statistics
import time

from bench._post_room import MANY, notify, post_room, start_anew

TURNS = 3
ONE_BY_ONE = 2_000
HEAD = """\
## Claims

Out of {many:,} deliveries that are due, by one process; medians of {turns}. Goal: well above 20,000/s by 500.

| taken together | deliveries/s | ratio |
|---:|---:|---:|"""


def rate(limit: int, number: int) -> float:
    """Deliveries per second, taking `number` of them."""
    from django.utils import timezone

    from subscribers import claims

    start_anew()
    notify(ago=1)
    taken, start = 0, time.perf_counter()
    while taken < number and (batch := claims.claim("email", timezone.now(), limit)):
        taken += len(batch.ids)
    return taken / (time.perf_counter() - start)


def main() -> None:
    """Measures and prints."""
    from_one = []
    from_many = []
    with post_room():
        for _turn in range(TURNS):
            from_one.append(rate(1, ONE_BY_ONE))
            from_many.append(rate(500, MANY))
    one, many = statistics.median(from_one), statistics.median(from_many)
    print(HEAD.format(many=MANY, turns=TURNS))
    print(f"| 1 (reference) | {one:,.0f} | 1.0 |\n| 500 | {many:,.0f} | {many / one:.1f} |")


if __name__ == "__main__":
    main()
