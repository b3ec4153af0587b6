"""Start-up checks: a table without a Collection, a reserved slug, a rule that names a missing column."""

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage

from botcafe.cms.schema.collection import all_collections


def register_checks() -> None:
    """Register the checks with Django."""
    checks.register(check_declarations)


def check_declarations(app_configs: object = None, **_: object) -> list[CheckMessage]:
    """The problems of all declarations, as Django check errors cms.E001 to cms.E003."""
    declared = {c.model._meta.label for c in all_collections()}
    problems: list[CheckMessage] = []
    for model in apps.get_models():
        is_ours = model._meta.app_label in settings.AREAS
        # Link tables, child rows and internal tables are reached through their collection only, and have no rules of
        # their own.
        is_part = model.__name__.endswith("Link") or hasattr(model, "row_id") or hasattr(model, "is_internal")
        if is_ours and not is_part and model._meta.label not in declared:
            problems.append(checks.Error(f"{model._meta.label} has no Collection.", id="cms.E001"))
    for found in all_collections():
        # The path /api/<slug> of such a collection would hide one of our own routes.
        if found.slug in settings.RESERVED_SLUGS and not found.is_added:
            problems.append(checks.Error(f"The slug {found.slug} is reserved.", id="cms.E002"))
        attributes = {f.name for f in found.columns.values()}
        stamps = {*found.create.stamps, *found.hidden}
        missing = sorted(stamps - attributes)
        problems += [checks.Error(f"{found.slug} has no column {name}.", id="cms.E003") for name in missing]
    return problems
