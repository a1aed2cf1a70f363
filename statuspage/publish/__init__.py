"""Where releases go: one class per kind of target, one line here.

Targets know no model, no queue and no wall clock. Each brings a place to a release, never back to an
older one, so that the index there never names a file that is missing; whatever was interrupted, emptied
or half-written is healed by the next publication.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self

from statuspage.publish.bundle import Bundle, Result
from statuspage.publish.directory import Directory
from statuspage.publish.errors import ConfigError, PublishError, Superseded
from statuspage.publish.private import Private
from statuspage.publish.s3 import S3
from statuspage.publish.state import State, claimed_by

__all__ = [
    "TARGETS",
    "Bundle",
    "ConfigError",
    "Private",
    "PublishError",
    "Result",
    "State",
    "Superseded",
    "Target",
    "claimed_by",
]


class Target(Protocol):
    """A kind of target. `label` is its name for people, a message id."""

    label: ClassVar[str]

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> Self:
        """The target that a configuration describes. Raises ConfigError."""

    def publish(self, bundle: Bundle) -> Result:
        """Brings the target to the release of `bundle`. Raises Superseded, PublishError."""

    def state(self) -> State | None:
        """What the target says of itself, None of an empty one. Raises PublishError."""

    def read(self, path: str) -> bytes | None:
        """One public file, from the store itself; None where it is not. Raises PublishError."""

    @property
    def private(self) -> Private | None:
        """The place beside it that customers cannot read; None where none is configured."""

    @property
    def public_url(self) -> str:
        """Where customers read it, no slash at its end; "" where nothing says it."""


TARGETS: dict[str, type[Target]] = {"directory": Directory, "s3": S3}
