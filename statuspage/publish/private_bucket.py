"""A private place that is a bucket, or a folder in one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statuspage.publish.bundle import checked

if TYPE_CHECKING:
    from statuspage.publish.s3store import Objects


@dataclass(frozen=True, slots=True)
class PrivateBucket:
    """The objects that `_open` gives: anew for each step, because their time is limited."""

    _open: "Callable[[], Objects]"

    def put(self, name: str, content: bytes) -> None:
        """See Private."""
        checked([name])
        self._open().put(name, content)

    def get(self, name: str) -> bytes | None:
        """See Private."""
        checked([name])
        found = self._open().read(name)
        return None if found is None else found[0]

    def names(self, prefix: str) -> list[str]:
        """See Private."""
        return sorted(self._open().listed(prefix))

    def delete(self, name: str) -> None:
        """See Private."""
        checked([name])
        self._open().drop(name)
