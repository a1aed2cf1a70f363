"""A file as a folder holds it: itself, and compressed beside it for servers that serve such files.

The same content gives the same bytes, and every path has every form whatever its content, so that no
form of an older content can stay behind.
"""

import gzip
from collections.abc import Iterator

import brotli


def names(path: str) -> tuple[str, ...]:
    """The names under which a folder holds `path`, itself last."""
    return (f"{path}.br", f"{path}.gz", path)


def compressed(name: str) -> bool:
    """Whether a folder holds a compressed form under that name."""
    return name.endswith((".br", ".gz"))


def encoded(path: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of every form, the plain one last."""
    yield f"{path}.br", brotli.compress(content, quality=5)
    yield f"{path}.gz", gzip.compress(content, compresslevel=6, mtime=0)
    yield path, content
