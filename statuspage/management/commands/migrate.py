"""Django's `migrate`; once the tables are as this version wants them, roles and the audit log follow."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from statuspage.people import audit_triggers, roles


class Command(migrate.Command):
    """Whoever migrates, and however: an upgrade never leaves a role behind."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Nothing more where it only plans, checks, or stops half-way."""
        super().handle(*args, **options)
        if not (options["plan"] or options["check_unapplied"]) and _complete(options["database"]):
            roles.apply()
            audit_triggers.apply()


def _complete(alias: str) -> bool:
    executor = MigrationExecutor(connections[alias])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
