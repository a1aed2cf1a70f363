"""The questions of `init` for a person: page, targets, mail account, passphrase."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from statuspage.emergency import configuration
from statuspage.emergency.configuration import SECURITIES, Configuration
from statuspage.emergency.console import Console
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Place, Smtp, check_passphrase

T = TypeVar("T")


def configuration_of(console: Console, page_url: str | None) -> Configuration:
    """Asks for everything. Raises Trouble where nobody is there."""
    url = configuration.page_url(page_url or console.ask(_("The public address of the page:")))
    targets: list[Place] = []
    while not targets or console.agreed(_("Another target?")):
        targets.append(_asked(console, lambda: _target(console)))
    smtp = None
    if console.agreed(_("An account to send mail to subscribers by?")):
        smtp = _asked(console, lambda: _smtp(console))
    return Configuration(url, "", "", smtp, tuple(targets))


def twice(console: Console) -> str:
    """A new passphrase, typed twice. Raises Trouble where nobody is there."""
    while True:
        first = console.secret(_("A passphrase for the folder (four or five words):"))
        try:
            check_passphrase(first)
        except Trouble as trouble:
            console.told(trouble)
            continue
        if console.secret(_("The same once more:")) == first:
            return first
        console.say(_("These were not the same."))


def _asked(console: Console, question: Callable[[], T]) -> T:
    """Asks until the answers are good."""
    while True:
        try:
            return question()
        except Trouble as trouble:
            if not console.can_ask:
                raise
            console.told(trouble)


def _target(console: Console) -> Place:
    said: dict[str, Any] = {"name": console.ask(_("Name of the target:"), "main")}
    kinds = [("s3", _("S3 bucket")), ("directory", _("Folder"))]
    said["kind"] = console.choose(_("Its kind:"), kinds, "s3")
    if said["kind"] == "directory":
        said["path"] = console.ask(_("Its absolute path on the machine where this tool will run:"))
        optional = {"private_path": _("Private folder beside it (may be empty):")}
    else:
        said["bucket"] = console.ask(_("Bucket:"))
        optional = {
            "prefix": _("Folder in the bucket (may be empty):"),
            "endpoint_url": _("Address of the store (empty: Amazon):"),
            "region": _("Region (may be empty):"),
            "private_bucket": _("Private bucket (may be empty):"),
            "private_prefix": _("Folder in the private bucket (may be empty):"),
            "access_key_id": _("Access key:"),
        }
    said |= {key: answer for key, question in optional.items() if (answer := console.ask(question))}
    if said.get("access_key_id"):
        said["secret_access_key"] = console.secret(_("Secret key:"))
    return configuration.place(said)


def _smtp(console: Console) -> Smtp:
    said: dict[str, Any] = {"host": console.ask(_("Mail server:"))}
    kinds = [("starttls", "STARTTLS (587)"), ("tls", "TLS (465)"), ("none", _("none (25)"))]
    said["security"] = console.choose(_("Its security:"), kinds, "starttls")
    said["port"] = _number(console.ask(_("Port:"), str(SECURITIES[said["security"]])))
    said["username"] = console.ask(_("User name (may be empty):"))
    if said["username"]:
        said["password"] = console.secret(_("Password:"))
    said["sender"] = console.ask(_("Sender, such as Acme status <status@example.com>:"))
    return configuration.smtp(said)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
