"""`manage.py compile_translations`: every catalog that changed."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from statuspage.translations import compile_catalogs


class Command(BaseCommand):
    """Compiles the catalogs of the applications."""

    help = "Compiles the translations that changed since they were last compiled."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Says how many were compiled."""
        self.stdout.write(f"{compile_catalogs(settings.BASE_DIR)} compiled")
