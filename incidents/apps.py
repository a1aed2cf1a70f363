"""The application as the admin names it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    """What staff say."""

    name = "incidents"
    verbose_name = _("Incidents and maintenance")
