"""The application of subscribers, as the admin calls it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscribersConfig(AppConfig):
    """Who is told, and what was sent to them."""

    name = "subscribers"
    verbose_name = _("Subscribers")
