"""Whether people have taken part in an incident that monitoring declared: from then on it only proposes."""

from django.db.models import Q

from incidents.lifecycle import CLOSED
from incidents.models import Incident, Update


def taken(incident: Incident) -> bool:
    """Whether anybody else said, corrected or took back anything of it."""
    by_people = Q(monitoring=False) | Q(withdrawn_at__isnull=False) | Q(edited_at__isnull=False)
    return Update.everything.filter(by_people, incident=incident).exists()


def over(incident: Incident) -> bool:
    """Whether it was resolved, undone or merged."""
    return incident.withdrawn_at is not None or incident.status in CLOSED


def alone(incident: Incident) -> bool:
    """Whether monitoring may go on posting about it."""
    return not over(incident) and not taken(incident)
