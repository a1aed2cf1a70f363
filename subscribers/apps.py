"""The application of subscribers, as the admin calls it."""

from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class SubscribersConfig(AppConfig):
    """Who is told, and what was sent to them."""

    name = "subscribers"
    verbose_name = _("Subscribers")

    def ready(self) -> None:
        """Registers what is checked before anything starts."""
        from subscribers.checks import check_dkim

        register(check_dkim)
