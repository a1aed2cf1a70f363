"""The application as the admin names it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    """What staff say."""

    name = "incidents"
    verbose_name = _("Incidents and maintenance")

    def ready(self) -> None:
        """Tell the post room, which stands below, whom to ask for what subscribers follow."""
        from incidents import followed
        from subscribers import subjects

        subjects.read_with("incident", followed.incidents)
        subjects.read_with("maintenance", followed.maintenances)
