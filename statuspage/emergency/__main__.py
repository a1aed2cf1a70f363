"""`python -m statuspage.emergency`: Django's settings first, because every sentence needs them."""

import sys

from statuspage.emergency.standalone import configure


def _start() -> int:
    configure()
    from statuspage.emergency.cli import main

    return main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(_start())
