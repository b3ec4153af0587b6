"""Start-up checks: a table without a Collection, a reserved slug, a missing column, a relation without its need."""

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Collection, all_collections
from botcafe.cms.schema.fields import NEEDS, FieldSpec, wire_path
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import viewer_for


def register_checks() -> None:
    """Register the checks with Django."""
    checks.register(check_declarations)


def check_declarations(app_configs: object = None, **_: object) -> list[CheckMessage]:
    """The problems of all declarations, as Django check errors cms.E001 to cms.E004."""
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
        attributes |= {each.name for each in (*found.many.values(), *found.children.values())}
        stamps = {*found.create.stamps, *found.hidden, *found.decided_by}
        missing = sorted(stamps - attributes)
        problems += [checks.Error(f"{found.slug} has no column {name}.", id="cms.E003") for name in missing]
        problems += [
            checks.Error(f"{found.slug}.{path} does not say what access its row needs.", id="cms.E004")
            for path, spec in writable_relations(found)
            if spec.needs not in NEEDS
        ]
    return problems


def writable_relations(of: Collection[Row]) -> list[tuple[str, FieldSpec]]:
    """The relations of a collection that clients write: path and spec, those inside arrays too."""
    # An admin may do whatever any client may, except with what is their owner's alone.
    callers = (Actor("admin", 1), Actor("user", 1), Actor("anonymous", None))
    if not any(of.create.may_create(each) or of.update.rows(viewer_for(each)) is not False for each in callers):
        return []
    stamped = {name.removesuffix("_id") for name in of.create.stamps}
    found = [
        (path, column.spec)
        for path, column in of.columns.items()
        if column.is_relation and not column.spec.server and column.name not in stamped
    ]
    found += [(path, many.spec) for path, many in of.many.items()]
    for path in of.children:
        columns = of.child_model(path)._meta.concrete_fields
        found += [(f"{path}.{wire_path(f)}", f.spec) for f in columns if f.is_relation and hasattr(f, "spec")]
    return found
