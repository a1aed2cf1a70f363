"""The target kind "s3": a bucket of any store that speaks Amazon's S3 and knows conditional writes.

The configuration names the environment variables that hold the keys, never the keys. Their names must
end as Amazon's do, so that no other secret of the process can be sent to a store as its access key.
"""

import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from statuspage.publish.bundle import Bundle, Result
from statuspage.publish.errors import ConfigError, PublishError, gettext_noop
from statuspage.publish.fenced import publish

_AT_ONCE = 8
_NO_SETTING = gettext_noop("There is no such setting.")
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
_RULES = {
    "bucket": (re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), _BUCKET),
    "endpoint_url": (
        re.compile(r"(https?://([A-Za-z0-9.-]+|\[[0-9a-f:]+\])(:[1-9]\d{0,4})?/?)?"),
        _ADDRESS,
    ),
    "prefix": (re.compile(r"([A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?"), _PREFIX),
    "region": (re.compile(r"([a-z0-9-]{1,40})?"), _REGION),
    "access_key_env": (re.compile(r"([A-Z0-9_]{0,80}ACCESS_KEY_ID)?"), _ACCESS),
    "secret_key_env": (re.compile(r"([A-Z0-9_]{0,80}SECRET_ACCESS_KEY)?"), _SECRET),
    "addressing_style": (re.compile(r"auto|path|virtual"), _STYLE),
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

    @classmethod
    def parse(cls, config: Mapping[str, Any]) -> Self:
        """The target that a configuration of the fields above describes. Raises ConfigError."""
        for key in config.keys() - _RULES.keys():
            raise ConfigError(key, _NO_SETTING)
        given = {"bucket": "", "prefix": "", "addressing_style": "auto", "endpoint_url": "", **config}
        if isinstance(given["prefix"], str):
            given["prefix"] = given["prefix"].strip("/")
        for key, (rule, sentence) in _RULES.items():
            value = given.get(key, "")
            if not isinstance(value, str) or not rule.fullmatch(value):
                raise ConfigError(key, sentence)
        for key, other in (("access_key_env", "secret_key_env"), ("secret_key_env", "access_key_env")):
            if given.get(other) and not given.get(key):
                raise ConfigError(key, _BOTH)
        try:
            urlsplit(given["endpoint_url"]).port  # noqa: B018 (reading it judges it)
        except ValueError:
            raise ConfigError("endpoint_url", _ADDRESS) from None
        return cls(**given)

    def publish(self, bundle: Bundle) -> Result:
        """Brings the bucket to the release. Raises Superseded, PublishError."""
        from statuspage.publish.s3store import Bucket, connect

        client = connect(
            self.endpoint_url or None,
            self.region or None,
            self.addressing_style,
            _variable(self.access_key_env),
            _variable(self.secret_key_env),
        )
        store = Bucket(client, self.bucket, self.prefix and f"{self.prefix}/")
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return publish(store, bundle, pool.map)


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
