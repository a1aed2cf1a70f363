"""What sending needs without an application: the vault’s mail account, the links that came with the list."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from django.utils.translation import gettext as _

from monitors.network.guard import Allow
from statuspage.emergency.readers import Listed
from statuspage.emergency.trouble import Trouble
from statuspage.emergency.vault import Smtp, Vault
from subscribers.channels.base import Means

_SCHEMES = {"tls": "smtps", "starttls": "smtp+tls", "none": "smtp"}


@dataclass(frozen=True, slots=True)
class ListMeans(Means):
    """The means of the tool: its links and secrets come with the list."""

    links: Mapping[str, str] = field(default_factory=dict, repr=False)
    # None where the application that wrote the list had no such pages.
    managing: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def manages(self) -> bool:
        """Whether the list says where they change what they hear."""
        return bool(self.managing)

    def leave(self, subscriber_id: str) -> str:
        """The application's own link, as it was exported."""
        return self.links[subscriber_id]

    def manage(self, subscriber_id: str) -> str:
        """The application's own page for them, as it was exported."""
        return self.managing[subscriber_id]

    def unseal(self, secret: str) -> str:
        """It is in plain text already."""
        return secret


def means_of(vault: Vault, listed: Listed) -> ListMeans:
    """What sending needs. Raises Trouble where WEBHOOK_ALLOW is no list of networks."""
    try:
        allow = Allow.parse(os.environ.get("WEBHOOK_ALLOW", ""))
    except ValueError as error:
        raise Trouble(_("WEBHOOK_ALLOW is no list of networks: %(reason)s.") % {"reason": error}) from None
    return ListMeans(
        app_url="",
        mail_from=vault.smtp.sender if vault.smtp else "",
        mail_url=mail_url(vault.smtp) if vault.smtp else "",
        mail_folder=Path(os.devnull),
        webhook_allow=allow,
        links={reader.id: reader.unsubscribe for reader in listed.readers},
        managing=_managing(listed),
    )


def _managing(listed: Listed) -> Mapping[str, str]:
    """Where each of them changes what they hear; nothing unless that is known of all."""
    links = {reader.id: reader.manage for reader in listed.readers}
    return links if all(links.values()) else {}


def mail_url(smtp: Smtp) -> str:
    """The account as the application's EMAIL_URL would say it."""
    account = f"{quote(smtp.username, safe='')}:{quote(smtp.password, safe='')}@" if smtp.username else ""
    host = f"[{smtp.host}]" if ":" in smtp.host else smtp.host
    return f"{_SCHEMES[smtp.security]}://{account}{host}:{smtp.port}"
