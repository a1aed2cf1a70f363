"""Where staff go from a message: the screen of an incident or a maintenance."""

from django.urls import reverse

from incidents.models import Incident, Maintenance


def desk(about: Incident | Maintenance) -> str:
    """A path of this application."""
    return reverse(f"admin:incidents_{about._meta.model_name}_change", args=[about.pk])
