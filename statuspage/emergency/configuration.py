"""What `init` is told of a page: from a TOML or JSON file, or by a person who is asked. Judged at once.

page_url = "https://status.example.com"
[smtp]
host = "smtp.example.com"
[[targets]]
name = "main"
kind = "s3"
bucket = "status-pages"
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Place, Smtp
from statuspage.publish import TARGETS, ConfigError

SECURITIES = {"tls": 465, "starttls": 587, "none": 25}
_KEYS = {"page_url", "page_id", "application_key", "smtp", "targets"}


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that is not made but known. `page_id` and `application_key` may be "": the page tells them."""

    page_url: str
    page_id: str
    application_key: str
    smtp: Smtp | None
    targets: tuple[Place, ...]


def from_file(path: str) -> Configuration:
    """Raises Trouble where the file cannot be read or says what cannot be."""
    try:
        content = Path(path).read_bytes().decode()
        said = json.loads(content) if path.endswith(".json") else tomllib.loads(content)
    except OSError as error:
        raise Trouble(
            _("%(path)s cannot be read: %(reason)s.") % {"path": path, "reason": error.strerror}
        ) from error
    except ValueError as error:
        kind = "JSON" if path.endswith(".json") else "TOML"
        # The parser's own words quote no more than a place in the file.
        raise Trouble(_("%(path)s is no %(kind)s: %(reason)s.") % _of(path, kind, error)) from None
    return parsed(said)


def _of(path: str, kind: str, error: ValueError) -> dict[str, str]:
    return {"path": path, "kind": kind, "reason": str(error).splitlines()[0]}


def parsed(said: object) -> Configuration:
    """Raises Trouble."""
    if not isinstance(said, Mapping):
        raise Trouble(_("The configuration is no table of settings."))
    for key in said.keys() - _KEYS:
        raise Trouble(_("There is no setting “%(key)s”.") % {"key": key})
    targets = said.get("targets", [])
    if not isinstance(targets, list) or not targets:
        raise Trouble(_("Name at least one target."), _("They are those of the page in the admin."))
    places = tuple(place(target) for target in targets)
    if len({each.name for each in places}) != len(places):
        raise Trouble(_("Two targets have the same name."))
    return Configuration(
        page_url=page_url(_text(said, "page_url")),
        page_id=_text(said, "page_id"),
        application_key=_text(said, "application_key"),
        smtp=smtp(said["smtp"]) if said.get("smtp") else None,
        targets=places,
    )


def page_url(text: str) -> str:
    """The address of the page without a slash at its end. Raises Trouble."""
    try:
        parts = urlsplit(text.strip())
        good = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.username
    except ValueError:
        good = False
    if not good:
        raise Trouble(
            _("“%(text)s” is no address of a page.") % {"text": text},
            _("Write it as %(example)s.") % {"example": "https://status.example.com"},
        )
    return text.strip().rstrip("/")


def place(said: object) -> Place:
    """A target: `name`, `kind`, what its kind needs, and the keys of its store. Raises Trouble."""
    if not isinstance(said, Mapping):
        raise Trouble(_("A target is no table of settings."))
    config = dict(said)
    name, kind = str(config.pop("name", "")).strip(), str(config.pop("kind", ""))
    keys = [str(config.pop(key, "")) for key in ("access_key_id", "secret_access_key")]
    if not name or not name.isprintable() or len(name) > 100:
        raise Trouble(_("A target needs a name."))
    if kind not in TARGETS:
        raise Trouble(
            _("Target %(name)s: there is no kind “%(kind)s”.") % {"name": name, "kind": kind},
            _("Choose one of: %(choices)s.") % {"choices": ", ".join(TARGETS)},
        )
    if bool(keys[0]) != bool(keys[1]):
        raise Trouble(
            _("Target %(name)s: give both access_key_id and secret_access_key, or none.") % {"name": name}
        )
    # In the application they name variables of its environment, which the tool does not have.
    for key in ("access_key_env", "secret_key_env"):
        config.pop(key, None)
    made = Place(name, kind, config, *keys)
    try:
        made.target()
    except ConfigError as error:
        said_of = {"name": name, "setting": error.field, "reason": error.told(_)}
        raise Trouble(_("Target %(name)s, %(setting)s: %(reason)s") % said_of) from None
    return made


def smtp(said: object) -> Smtp:
    """An account to send mail by. Raises Trouble."""
    if not isinstance(said, Mapping):
        raise Trouble(_("The mail account is no table of settings."))
    known = {"host", "port", "security", "username", "password", "sender"}
    for key in said.keys() - known:
        raise Trouble(_("There is no setting “%(key)s”.") % {"key": f"smtp.{key}"})
    security = str(said.get("security", "starttls"))
    if security not in SECURITIES:
        raise Trouble(_("The security of the mail account is tls, starttls or none."))
    port = said.get("port", SECURITIES[security])
    sender = str(said.get("sender", ""))
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65_535:
        raise Trouble(_("The port of the mail account is a number from 1 to 65535."))
    if "@" not in parseaddr(sender)[1] or not sender.isprintable():
        raise Trouble(_("The mail account needs a sender, such as Acme status <status@example.com>."))
    host = str(said.get("host", ""))
    if not host or not host.isprintable() or " " in host:
        raise Trouble(_("The mail account needs a host."))
    return Smtp(host, port, security, str(said.get("username", "")), str(said.get("password", "")), sender)


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key, "")
    if not isinstance(value, str):
        raise Trouble(_("The setting “%(key)s” is no text.") % {"key": key})
    return value.strip()
