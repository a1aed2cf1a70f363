"""What the person watching sees: each step by name while it works, then how long it took.

Something said in the middle of a step stands on a line of its own, and the step's line begins again.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

_begun = ""  # the line of the step that works, as far as it is shown


def say(line: str = "") -> None:
    """Prints one line at once."""
    global _begun
    if _begun:
        _begun = ""
        _show("\n")
    _show(f"{line}\n")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Shows `name` while the block works, then its seconds."""
    global _begun
    shown = f"  {name} ".ljust(33, ".") + " "
    _begun = shown
    _show(shown)
    started = time.monotonic()
    result = "failed"
    try:
        yield
        result = f"{time.monotonic() - started:.1f} s"
    finally:
        _show(f"{result}\n" if _begun else f"{shown}{result}\n")
        _begun = ""


def _show(text: str) -> None:
    print(text, end="", flush=True)  # noqa: T201 (the terminal is this module's job)
