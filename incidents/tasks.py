"""The edge that lets time pass for maintenances: asked every second, it moves what is due."""

from celery import shared_task
from django.utils import timezone

from incidents import post


@shared_task(name="incidents.tasks.tick")
def tick() -> None:
    """Starts and finishes maintenances on time."""
    post.tick(timezone.now())
