"""A private place that is a folder: only its owner may enter it, and it never overlaps the public one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from statuspage.publish.bundle import checked
from statuspage.publish.diskerrors import told
from statuspage.publish.errors import PRIVATE_IN_PUBLIC, PublishError
from statuspage.publish.lock import locked, opened
from statuspage.publish.tree import HIDDEN, Tree


@dataclass(frozen=True, slots=True)
class PrivateFolder:
    """The private folder at `path`, beside the public one at `public`."""

    path: str
    public: str

    def put(self, name: str, content: bytes) -> None:
        """See Private."""
        checked([name])
        with self._working(), locked(self.path, HIDDEN) as tree:
            tree.place(tree.stage(content), name)

    def get(self, name: str) -> bytes | None:
        """See Private."""
        checked([name])
        with self._reading() as tree:
            return tree.read(name) if tree else None

    def names(self, prefix: str) -> list[str]:
        """See Private."""
        with self._reading() as tree:
            return sorted(name for name in tree.walk() if name.startswith(prefix)) if tree else []

    def delete(self, name: str) -> None:
        """See Private."""
        checked([name])
        if os.path.isdir(self.path):
            with self._working(), locked(self.path, HIDDEN) as tree:
                tree.remove(name)

    @contextmanager
    def _reading(self) -> Iterator[Tree | None]:
        with self._working(), opened(self.path) as tree:
            yield tree

    @contextmanager
    def _working(self) -> Iterator[None]:
        # Links are resolved now: whoever set them after this was configured may have joined the two.
        if related(os.path.realpath(self.path), os.path.realpath(self.public)):
            raise PublishError(PRIVATE_IN_PUBLIC)
        with told(self.path):
            yield


def related(one: str, other: str) -> bool:
    """Whether two tidy absolute paths are the same, or one lies inside the other."""
    return os.path.commonpath([one, other]) in (one, other)
