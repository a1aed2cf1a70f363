"""Tells a CloudFront distribution to forget what it holds: a help, never relied on.

Whatever a cache holds is old within ten seconds anyhow. Heartbeats invalidate nothing, for a thousand
paths a month are all that costs nothing; one path, the whole distribution, is the least.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from statuspage.publish.errors import PublishError, gettext_noop

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
_FAILED = gettext_noop("CloudFront was not told of the release (%(code)s).")


def invalidate(distribution: str, reference: str, key: str | None, secret: str | None) -> PublishError | None:
    """Asks for it, once for each `reference`; gives what went wrong, if anything."""
    try:
        _client(key, secret).create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={
                "Paths": {"Quantity": 1, "Items": ["/*"]},
                "CallerReference": reference,
            },
        )
    except ClientError as error:
        return PublishError(_FAILED, code=error.response.get("Error", {}).get("Code", ""))
    except BotoCoreError as error:
        return PublishError(_FAILED, code=type(error).__name__)
    return None


@lru_cache(maxsize=32)
def _client(key: str | None, secret: str | None) -> "CloudFrontClient":
    return boto3.session.Session().client(
        "cloudfront",
        region_name="us-east-1",  # it is in no region, and answers for this one
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 1},
        ),
    )
