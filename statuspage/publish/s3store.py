"""Objects in a bucket, by conditional requests.

This module imports boto (0.6 s, 60 MB) and is imported only where something is published to S3.
Every request has its own time limits and all of them together a deadline, which every answer moves
on by what a slow line may take for as much; no error names a secret.
"""

import base64
import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from statuspage.publish.errors import PublishError, gettext_noop
from statuspage.publish.s3errors import Missing, judged
from statuspage.publish.store import Changed, Mark, Seen
from statuspage.render.files import cache_control, content_type

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
# A store that answers nothing must not hold a publisher for long: the next attempt is soon enough.
DEADLINE_SECONDS = 20.0
SECONDS_PER_ANSWER = 0.1
SLOWEST_LINE = 20_000  # bytes per second
# Bytes that are read of one object: others may write there too, and ours are all far smaller.
LONGEST = 256 * 1024 * 1024
Style = Literal["auto", "path", "virtual"]


def connect(
    endpoint: str | None, region: str | None, style: Style, key: str | None, secret: str | None
) -> "S3Client":
    """A client, kept, because making one takes as long as a whole publication. Raises PublishError."""
    try:
        return _client(endpoint, region, style, key, secret)
    except BotoCoreError as error:
        raise judged(error, "") from error


@lru_cache(maxsize=32)
def _client(
    endpoint: str | None, region: str | None, style: Style, key: str | None, secret: str | None
) -> "S3Client":
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": 2},
        max_pool_connections=8,
        s3={"addressing_style": style},
        # Stores other than Amazon's do not know its newer checksums; every write carries an MD5 anyway.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=config,
    )


class _Key(TypedDict):
    Bucket: str
    Key: str


class Objects:
    """The objects of one bucket under a prefix ("" or with a slash at its end), within one deadline.

    `said` is what every write says besides its content. Every method raises PublishError.
    """

    def __init__(self, client: "S3Client", bucket: str, prefix: str, said: Mapping[str, str]) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix
        self._said: dict[str, Any] = dict(said)
        self._started = time.monotonic()
        self._deadline = self._started + DEADLINE_SECONDS

    def read(self, path: str) -> tuple[bytes, str] | None:
        """Content and tag of one object; None where it is not."""
        with suppress(Missing), self._asking():
            answer = self._client.get_object(**self._at(path))
            if answer["ContentLength"] > LONGEST:
                answer["Body"].close()
                said = f"{path}: {answer['ContentLength']:,} B"
                raise PublishError(gettext_noop("The store cannot be used (%(code)s)."), code=said)
            return answer["Body"].read(), answer["ETag"]
        return None

    def listed(self, prefix: str = "") -> dict[str, str]:
        """The path of every object that begins with `prefix`, with the MD5 of its content where known."""
        found: dict[str, str] = {}
        after = ""
        while True:
            with self._asking():
                page = self._client.list_objects_v2(
                    Bucket=self._bucket, Prefix=self._prefix + prefix, StartAfter=after
                )
                contents = page.get("Contents", [])
                found |= {
                    item["Key"].removeprefix(self._prefix): item["ETag"].strip('"') for item in contents
                }
            if not page["IsTruncated"] or not contents:
                return found
            after = contents[-1]["Key"]

    def put(self, path: str, content: bytes) -> None:
        """Writes an object for nobody but who may read the bucket, whatever was there."""
        with self._asking(len(content)):
            self._client.put_object(
                **self._at(path),
                Body=content,
                ContentMD5=_md5(content),
                ContentType="application/octet-stream",
                CacheControl="private, no-store",
                **self._said,
            )

    def drop(self, path: str) -> None:
        """Deletes an object; nothing happens where there is none."""
        with suppress(Missing), self._asking():
            self._client.delete_object(**self._at(path))

    def _at(self, path: str) -> _Key:
        return {"Bucket": self._bucket, "Key": self._prefix + path}

    @contextmanager
    def _asking(self, size: int = 0) -> Iterator[None]:
        """Around one request with that many bytes: raises Missing, Changed or PublishError."""
        now = time.monotonic()
        if now > self._deadline:
            raise PublishError(
                gettext_noop("The store is too slow: not everything was written in %(seconds)d seconds."),
                seconds=now - self._started,
            )
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise judged(error, self._bucket) from error
        except (ResponseParserError, KeyError) as error:
            raise PublishError(gettext_noop("What answers there is no S3 store.")) from error
        finally:
            self._deadline += SECONDS_PER_ANSWER + size / SLOWEST_LINE


class Bucket(Objects):
    """The public objects: a fenced.Store."""

    def look(self, path: str) -> Seen | None:
        """See Store."""
        with suppress(Missing), self._asking():
            answer = self._client.head_object(**self._at(path))
            return Seen(answer["ETag"], _mark(answer["Metadata"]))
        return None

    def write(self, path: str, content: bytes, mark: Mark, over: str | None) -> str:
        """See Store."""
        put = partial(
            self._client.put_object,
            **self._at(path),
            Body=content,
            ContentMD5=_md5(content),
            ContentType=content_type(path),
            CacheControl=cache_control(path),
            Metadata={"page": mark.page, "sequence": str(mark.sequence), "digest": mark.digest},
            **self._said,
        )
        with suppress(Missing), self._asking(len(content)):
            return (put(IfMatch=over) if over else put(IfNoneMatch="*"))["ETag"]
        raise Changed

    def headers(self, path: str) -> str:
        """See Store."""
        said = "".join(f"{name}: {value}\n" for name, value in sorted(self._said.items()))
        return f"{content_type(path)}\n{cache_control(path)}\n{said}"

    def delete(self, path: str, tag: str) -> None:
        """See Store."""
        with suppress(Missing), self._asking():
            self._client.delete_object(**self._at(path), IfMatch=tag)


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _mark(metadata: Mapping[str, str]) -> Mark | None:
    try:
        return Mark(metadata["page"], int(metadata["sequence"]), metadata["digest"])
    except (KeyError, ValueError):
        return None
