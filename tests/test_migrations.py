"""Migrations run while the old version still serves: what it does not know must not stop it."""

from importlib import import_module
from pathlib import Path

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

ROOT = Path(__file__).parents[1]
APPS = ("monitors", "incidents", "subscribers", "statuspage")
# Made before there was an old version.
BEFORE = {"monitors.migrations.0003_changed_at_and_last_result"}
LATER = sorted(
    f"{app}.migrations.{path.stem}"
    for app in APPS
    for path in (ROOT / app / "migrations").glob("[0-9]*.py")
    if not import_module(f"{app}.migrations.{path.stem}").Migration.initial
    and f"{app}.migrations.{path.stem}" not in BEFORE
)
# What the old version reads or writes would be gone.
BREAKING = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
)


def operations(name: str) -> list[Operation]:
    found: list[Operation] = []
    for operation in import_module(name).Migration.operations:
        # A change of state alone, or of the database alone, is judged by what it holds.
        found += getattr(operation, "database_operations", None) or [operation]
    return found


@pytest.mark.parametrize("name", LATER)
def test_the_old_version_goes_on_while_it_runs(name: str) -> None:
    made = {each.name.lower() for each in operations(name) if isinstance(each, migrations.CreateModel)}
    for operation in operations(name):
        assert not isinstance(operation, BREAKING), operation
        if isinstance(operation, migrations.AddField) and operation.model_name.lower() not in made:
            field = operation.field
            unknown_to_old = field.null or field.has_db_default() or isinstance(field, models.ManyToManyField)
            assert unknown_to_old, f"{operation.model_name}.{operation.name} has no default in the database"
        if isinstance(operation, migrations.AddIndex) and operation.model_name.lower() not in made:
            assert isinstance(operation, AddIndexConcurrently), f"{operation.index.name} locks out writers"
