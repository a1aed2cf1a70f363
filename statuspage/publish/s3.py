"""The target kind "s3": a bucket of any store that speaks Amazon's S3 and knows conditional writes.

The configuration names the environment variables that hold the keys, never the keys. Their names must
end as Amazon's do, so that no other secret of the process can be sent to a store as its access key.
"""

import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from statuspage.publish import state
from statuspage.publish.bundle import STATE, Bundle, Result, checked
from statuspage.publish.errors import PRIVATE_IN_PUBLIC, ConfigError, PublishError, gettext_noop
from statuspage.publish.fenced import publish
from statuspage.publish.private import Private
from statuspage.publish.private_bucket import PrivateBucket
from statuspage.publish.settings import an_address, unknown
from statuspage.render.files import HEARTBEAT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from statuspage.publish.s3store import Bucket, Objects

_AT_ONCE = 8
_STYLE = gettext_noop("Choose auto, path or virtual.")
_REGION = gettext_noop("Give a region such as eu-west-3.")
_BUCKET = gettext_noop("Give the name of a bucket: 3 to 63 small letters, digits, dots and hyphens.")
_PREFIX = gettext_noop("Give a folder in the bucket such as status/page, or nothing.")
_ADDRESS = gettext_noop(
    "Give the address of the store: http or https, a host and perhaps a port, no path, no password."
)
_ACCESS = gettext_noop("Give the name of an environment variable that ends in ACCESS_KEY_ID.")
_SECRET = gettext_noop("Give the name of an environment variable that ends in SECRET_ACCESS_KEY.")
_BOTH = gettext_noop("Name both variables, or none.")
_KMS = gettext_noop("Give the id, alias or ARN of a KMS key, or nothing.")
_ACL = gettext_noop("Choose private, public-read, authenticated-read or one that begins with bucket-owner.")
_DISTRIBUTION = gettext_noop("Give the id of a CloudFront distribution such as E2QWRUHAPOMQZL, or nothing.")
_NO_BUCKET = gettext_noop("Name the private bucket too.")
_PATH = r"([A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?"
_RULES = {
    "bucket": (re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), _BUCKET),
    "endpoint_url": (
        re.compile(r"(https?://([A-Za-z0-9.-]+|\[[0-9a-f:]+\])(:[1-9]\d{0,4})?/?)?"),
        _ADDRESS,
    ),
    "prefix": (re.compile(_PATH), _PREFIX),
    "private_bucket": (re.compile(r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?"), _BUCKET),
    "private_prefix": (re.compile(_PATH), _PREFIX),
    "region": (re.compile(r"([a-z0-9-]{1,40})?"), _REGION),
    "access_key_env": (re.compile(r"([A-Z0-9_]{0,80}ACCESS_KEY_ID)?"), _ACCESS),
    "secret_key_env": (re.compile(r"([A-Z0-9_]{0,80}SECRET_ACCESS_KEY)?"), _SECRET),
    "addressing_style": (re.compile(r"auto|path|virtual"), _STYLE),
    "kms_key_id": (re.compile(r"([A-Za-z0-9:/_-]{1,256})?"), _KMS),
    "acl": (
        re.compile(r"(private|public-read|authenticated-read|bucket-owner-(read|full-control))?"),
        _ACL,
    ),
    "cloudfront_distribution_id": (re.compile(r"([A-Z0-9]{1,32})?"), _DISTRIBUTION),
}


@dataclass(frozen=True, slots=True)
class S3:
    """A bucket, or a folder in it. Without named keys, the machine's own credentials are used."""

    label: ClassVar[str] = gettext_noop("S3 bucket")
    bucket: str
    prefix: str = ""
    endpoint_url: str = ""
    region: str = ""
    access_key_env: str = ""
    secret_key_env: str = ""
    addressing_style: Literal["auto", "path", "virtual"] = "auto"
    private_bucket: str = ""
    private_prefix: str = ""
    public_url: str = ""
    kms_key_id: str = ""
    acl: str = ""
    cloudfront_distribution_id: str = ""

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> Self:
        """The target that a configuration of the fields above describes. Raises ConfigError."""
        unknown(config, [field.name for field in fields(cls)])
        given = {"bucket": "", "addressing_style": "auto", "endpoint_url": "", **config}
        given["public_url"] = an_address(config)
        for key in ("prefix", "private_prefix"):
            if isinstance(given.get(key), str):
                given[key] = given[key].strip("/")
        for key, (rule, sentence) in _RULES.items():
            value = given.get(key, "")
            if not isinstance(value, str) or not rule.fullmatch(value):
                raise ConfigError(key, sentence)
        _judge(given)
        return cls(**given)

    @property
    def private(self) -> Private | None:
        """The objects that nobody may read in public; None where no private bucket is configured."""
        return PrivateBucket(self._private_objects) if self.private_bucket else None

    def state(self) -> state.State | None:
        """What the bucket says of itself. Raises PublishError."""
        found = self._store().read(STATE)
        return None if found is None else state.decoded(found[0])

    def read(self, path: str) -> bytes | None:
        """One public file, None where it is not. Raises PublishError."""
        found = self._store().read(*checked([path]))
        return None if found is None else found[0]

    def publish(self, bundle: Bundle) -> Result:
        """Brings the bucket to the release. Raises Superseded, PublishError."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            result = publish(self._store(), bundle, pool.map, self.private)
        if self.cloudfront_distribution_id and {*result.written, *result.removed} - HEARTBEAT:
            return self._invalidated(bundle, result)
        return result

    def _store(self) -> "Bucket":
        from statuspage.publish.s3store import Bucket

        return Bucket(self._client(), self.bucket, self.prefix and f"{self.prefix}/", self._said(self.acl))

    def _private_objects(self) -> "Objects":
        from statuspage.publish.s3store import Objects

        # Who owns the bucket may have to be given what others write there; nobody else gets anything.
        acl = self.acl if self.acl.startswith("bucket-owner-") else ""
        prefix = self.private_prefix and f"{self.private_prefix}/"
        return Objects(self._client(), self.private_bucket, prefix, self._said(acl))

    def _invalidated(self, bundle: Bundle, result: Result) -> Result:
        from statuspage.publish.cloudfront import invalidate

        failed = invalidate(
            self.cloudfront_distribution_id,
            f"{bundle.page_id}-{bundle.sequence}-{bundle.release()[:16]}",
            _variable(self.access_key_env),
            _variable(self.secret_key_env),
        )
        return result if failed is None else replace(result, warnings=(*result.warnings, failed))

    def _said(self, acl: str) -> dict[str, str]:
        """What is said with every write."""
        said = {"ACL": acl} if acl else {}
        if self.kms_key_id:
            said |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key_id}
        return said

    def _client(self) -> "S3Client":
        from statuspage.publish.s3store import connect

        return connect(
            self.endpoint_url or None,
            self.region or None,
            self.addressing_style,
            _variable(self.access_key_env),
            _variable(self.secret_key_env),
        )


def _judge(given: Mapping[str, str]) -> None:
    """Raises ConfigError for settings that do not go together, and an address that is none."""
    for key, other in (("access_key_env", "secret_key_env"), ("secret_key_env", "access_key_env")):
        if given.get(other) and not given.get(key):
            raise ConfigError(key, _BOTH)
    try:
        urlsplit(given["endpoint_url"]).port  # noqa: B018 (reading it judges it)
    except ValueError:
        raise ConfigError("endpoint_url", _ADDRESS) from None
    if given.get("private_prefix") and not given.get("private_bucket"):
        raise ConfigError("private_bucket", _NO_BUCKET)
    public, private = (f"{given.get(key, '')}/".lstrip("/") for key in ("prefix", "private_prefix"))
    overlaps = private.startswith(public) or public.startswith(private)
    if given.get("private_bucket") == given["bucket"] and overlaps:
        raise ConfigError("private_prefix", PRIVATE_IN_PUBLIC)


def _variable(name: str) -> str | None:
    """The value of an environment variable, or of the file that NAME_FILE names. Raises PublishError."""
    if not name:
        return None
    value = os.environ.get(name) or _content(os.environ.get(f"{name}_FILE", ""))
    if not value:
        raise PublishError(
            gettext_noop("The environment variable %(name)s is not set where pages are published."), name=name
        )
    return value


def _content(path: str) -> str:
    try:
        return Path(path).read_text().strip() if path else ""
    except (OSError, UnicodeDecodeError):
        return ""
