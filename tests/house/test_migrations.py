"""The migrations make the tables that the models describe."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState


def test_no_migration_is_missing() -> None:
    loader = MigrationLoader(None)
    wanted = ProjectState.from_apps(apps)
    missing = MigrationAutodetector(loader.project_state(), wanted).changes(graph=loader.graph)
    told = {app: [str(o) for m in found for o in m.operations] for app, found in missing.items()}
    assert told == {}
