"""Start-up checks: a table without a declaration, a reserved name, a rule that no column bears."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage

from botcafe.cms.schema.collection import all_collections


def register_checks() -> None:
    """Register the checks with Django."""
    checks.register(check_declarations)


def check_declarations(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """Every table of an area is declared, every declaration can hold."""
    declared = {c.model._meta.label for c in all_collections()}
    problems: list[CheckMessage] = []
    for model in apps.get_models():
        is_ours = model._meta.app_label in settings.AREAS
        is_part = model.__name__.endswith("Link") or hasattr(model, "row_id") or hasattr(model, "is_internal")
        if is_ours and not is_part and model._meta.label not in declared:
            problems.append(checks.Error(f"{model._meta.label} has no Collection.", id="cms.E001"))
    for found in all_collections():
        if found.slug in settings.RESERVED_SLUGS and not found.is_added:
            problems.append(checks.Error(f"The slug {found.slug} is reserved.", id="cms.E002"))
        attributes = {f.name for f in found.columns.values()}
        stamps = {*found.create.stamps, *found.hidden}
        missing = sorted(stamps - attributes)
        problems += [checks.Error(f"{found.slug} has no column {name}.", id="cms.E003") for name in missing]
    return problems
