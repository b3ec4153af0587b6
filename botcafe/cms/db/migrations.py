"""Whether the tables of the database are those of this version."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.module_loading import module_has_submodule


def is_current() -> bool:
    """Whether every migration on disk is applied."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    return all(name in applied for name in _migrations_on_disk())


def find_newer_migrations() -> list[str]:
    """What a newer version of ours has applied, as ``area.name``: migrations that this version does not have."""
    applied = MigrationRecorder(connection).applied_migrations()
    return newer_migrations(f"{label}.{name}" for label, name in applied)


def newer_migrations(applied: Iterable[str]) -> list[str]:
    """Those of applied migrations (``area.name``) that are ours and that this version does not have."""
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("botcafe.")}
    known = {f"{label}.{name}" for label, name in _migrations_on_disk()}
    return sorted(name for name in set(applied) - known if name.partition(".")[0] in ours)


def _migrations_on_disk() -> set[tuple[str, str]]:
    # Names alone: loading all migrations would slow down each start.
    return {
        (config.label, found.name)
        for config in apps.get_app_configs()
        if module_has_submodule(config.module, "migrations")
        for found in iter_modules(import_module(f"{config.name}.migrations").__path__)
        if found.name[0] not in "_~"
    }
