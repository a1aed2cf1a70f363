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
from statuspage.publish.s3 import S3

__all__ = ["TARGETS", "Bundle", "ConfigError", "PublishError", "Result", "Superseded", "Target"]


class Target(Protocol):
    """A kind of target. `label` is its name for people, a message id."""

    label: ClassVar[str]

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> Self:
        """The target that a configuration describes. Raises ConfigError."""

    def publish(self, bundle: Bundle) -> Result:
        """Brings the target to the release of `bundle`. Raises Superseded, PublishError."""


TARGETS: dict[str, type[Target]] = {"directory": Directory, "s3": S3}
