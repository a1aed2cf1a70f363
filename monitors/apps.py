"""The application of monitors, as the admin calls it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitorsConfig(AppConfig):
    """Pages, components and what watches them."""

    name = "monitors"
    verbose_name = _("Pages and monitoring")

    def ready(self) -> None:
        """Django learns of our checks."""
        from monitors import checks  # noqa: F401 (registers)
