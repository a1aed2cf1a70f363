"""Ports for servers that have to be told one, and for those that come back at the same one."""

import contextlib
import itertools
import os
import random
import socket

# Above come those that the kernel gives to connections, and to servers that take any (ip(7)): a port of these
# may be somebody else's before its server is up, and while it is down.
_LOWEST, _WORKERS, _EACH = 20_000, 6, 2_000
# The workers of xdist begin at the same time: each has ports of its own.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
_MOST = 8
_steps = itertools.count(random.randrange(_EACH), _MOST)


def free_port(count: int = 1) -> int:
    """The first of some ports in a row (8 at most) that nothing listens on and nobody was told before."""
    while True:
        port = _LOWEST + _WORKER * _EACH + next(_steps) % _EACH
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for number in range(port, port + count):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", number))
            return port
