"""The store of the publishing tests, for the faults in front of it."""

from tests.publish.conftest import bucket, keys, s3

__all__ = ["bucket", "keys", "s3"]
