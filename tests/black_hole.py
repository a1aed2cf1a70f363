"""A port that takes no connection and refuses none: whoever knocks hears nothing."""

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def black_hole(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """The port, once its queue is full (listen(2): beyond that, what knocks is dropped).

    Of a backlog of 0, Linux keeps one connection. Where the network is only coming up, the first knock is
    lost and the kernel repeats it: until it has come in, somebody else could take its place.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as server, socket.socket(family) as filler:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((host, port))
        server.listen(0)
        filler.connect(server.getsockname())
        select.select([server], [], [])
        yield server.getsockname()[1]
