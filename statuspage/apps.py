"""The name of this application in the admin."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StatuspageConfig(AppConfig):
    """Snapshot, release, targets."""

    name = "statuspage"
    verbose_name = _("Publishing")
