"""What the person watching sees: each step by name while it works, then how long it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(line: str = "") -> None:
    """Prints one line at once."""
    print(line, flush=True)  # noqa: T201 (the terminal is this module's job)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Shows `name` while the block works, then its seconds."""
    print(f"  {name} ".ljust(34, "."), end=" ", flush=True)  # noqa: T201
    started = time.monotonic()
    try:
        yield
    except BaseException:
        say("failed")
        raise
    say(f"{time.monotonic() - started:.1f} s")
