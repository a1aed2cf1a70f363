"""Reads from the settings what sending needs. For edges only: everything else is handed the result."""

from email.utils import parseaddr

from django.conf import LazySettings

from monitors.network.guard import Allow
from subscribers.channels.base import Means
from subscribers.dkim import Signer
from subscribers.returns import mailbox


def means(settings: LazySettings) -> Means:
    """The means of this installation. Raises ValueError where a setting cannot be understood."""
    return Means(
        app_url=settings.APP_URL,
        mail_from=settings.EMAIL_FROM,
        mail_url=settings.EMAIL_URL,
        mail_folder=settings.STATE_DIR / "mail",
        webhook_allow=Allow.parse(settings.WEBHOOK_ALLOW),
        mailbox=mailbox.address(settings.BOUNCE_ADDRESS, settings.BOUNCE_URL),
        mail_rates=settings.MAIL_RATES,
        dkim=signer(settings),
    )


def signer(settings: LazySettings) -> Signer | None:
    """Who signs mail; None for nobody. Raises ValueError, which never repeats the key."""
    if not settings.DKIM_KEY:
        return None
    domain = settings.DKIM_DOMAIN or parseaddr(settings.EMAIL_FROM)[1].rpartition("@")[2]
    return Signer.parse(settings.DKIM_KEY, settings.DKIM_SELECTOR, domain)
