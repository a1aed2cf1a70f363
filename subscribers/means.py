"""Reads from the settings what sending needs. For edges only: everything else is handed the result."""

from django.conf import LazySettings

from monitors.guard import Allow
from subscribers import mailbox
from subscribers.channels.base import Means


def means(settings: LazySettings) -> Means:
    """The means of this installation. Raises ValueError where WEBHOOK_ALLOW is not a list of networks."""
    return Means(
        app_url=settings.APP_URL,
        mail_from=settings.EMAIL_FROM,
        mail_url=settings.EMAIL_URL,
        mail_folder=settings.STATE_DIR / "mail",
        webhook_allow=Allow.parse(settings.WEBHOOK_ALLOW),
        mailbox=mailbox.address(settings.BOUNCE_ADDRESS, settings.BOUNCE_URL),
    )
