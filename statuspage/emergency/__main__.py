"""`python -m statuspage.emergency`: Django's settings first, because every sentence needs them."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

from statuspage.emergency.standalone import configure


def _start() -> int:
    configure()
    from statuspage.emergency.cli import main

    return main(sys.argv[1:])


def _end(status: int) -> NoReturn:
    """Ends at once: Python would wait for every thread that a dead target still holds."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    _end(_start())
