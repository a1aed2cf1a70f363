"""The store of the publishing tests, for the faults in front of it."""

from tests.publish.conftest import bucket, keys, private_bucket, s3

__all__ = ["bucket", "keys", "private_bucket", "s3"]
