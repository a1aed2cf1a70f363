"""The private place of a target: what belongs off site and to nobody else.

Undo packs, the encrypted list of subscribers, the emergency tool's journal. It never overlaps the place
that customers read.
"""

from typing import Protocol


class Private(Protocol):
    """Files by name, with slashes, as safe as public paths (ValueError). Every method raises PublishError."""

    def put(self, name: str, content: bytes) -> None:
        """Writes a file, over an older one if need be: whole, or not at all."""

    def get(self, name: str) -> bytes | None:
        """The content; None where there is no such file."""

    def names(self, prefix: str) -> list[str]:
        """The names that begin with `prefix`, sorted."""

    def delete(self, name: str) -> None:
        """Deletes a file; nothing happens where there is none."""
