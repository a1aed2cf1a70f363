"""What the settings of every kind of target have in common."""

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from statuspage.publish.errors import ConfigError, gettext_noop

_ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9a-f:]+\])(:[1-9]\d{0,4})?(/[A-Za-z0-9._~/-]*)?")


def unknown(config: Mapping[str, Any], keys: Collection[str]) -> None:
    """Raises ConfigError for a setting that there is not."""
    for key in sorted(config.keys() - set(keys)):
        raise ConfigError(key, gettext_noop("There is no such setting."))


def an_address(config: Mapping[str, Any]) -> str:
    """Where customers read the page, no slash at its end; "" where nothing says it. Raises ConfigError."""
    address = config.get("public_url", "")
    if address == "":
        return ""
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address) or not _has_port(address):
        raise ConfigError(
            "public_url",
            gettext_noop("Give the address of the page: http or https, a host, perhaps a port and a folder."),
        )
    return address.rstrip("/")


def _has_port(address: str) -> bool:
    """Whether the port, if there is one, is a port."""
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False
