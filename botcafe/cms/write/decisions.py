"""What not everybody may change who may change a row: fields that some decide about, and the whole that a part is in."""

from django.db.models import Q

from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import Change, Collection, ColumnValues, collection_for_model
from botcafe.cms.schema.errors import Forbidden
from botcafe.cms.schema.row import Row
from botcafe.cms.schema.rules import AccessRule, viewer_for
from botcafe.cms.write.document_parser import ParsedDocument


def needs_former_row(of: Collection[Row], actor: Actor, draft: ParsedDocument) -> bool:
    """Whether a change touches anything that has to be compared with what the row holds."""
    return actor.kind == "admin" or bool(of.decided_by) or any(column.attname in draft.columns for column in of.wholes)


def refuse_unentitled_changes(change: Change, draft: ParsedDocument) -> None:
    """Raises Forbidden for a field that others decide about, and for a part that is taken out of another's whole.

    Clients send whole documents back, so what does not change is no attempt to change it.
    """
    of, before = change.collection, change.before or {}
    changed = [name for name in of.decided_by if _is_changed(of, name, change.row_id, before, draft)]
    for rule in {id(of.decided_by[name]): of.decided_by[name] for name in changed}.values():
        if not _reaches(rule, of, change.actor, change.row_id):
            named = ", ".join(name for name in changed if of.decided_by[name] is rule)
            raise Forbidden(f"You may change this {of.singular}, but not {named}: its {rule.text} decides about that.")
    for column in of.wholes:
        former = before.get(column.attname)
        if former is None or draft.columns.get(column.attname, former) == former:
            continue
        whole = collection_for_model(column.related_model)
        if not _reaches(whole.delete, whole, change.actor, former):
            raise Forbidden(
                f"This {of.singular} stays where it is: the {whole.singular} that it is in belongs to another."
            )


def _reaches(rule: AccessRule, of: Collection[Row], actor: Actor, row_id: int | None) -> bool:
    rows = rule.rows(viewer_for(actor))
    return of.model.objects.filter(rows, pk=row_id).exists() if isinstance(rows, Q) else rows


def _is_changed(
    of: Collection[Row], name: str, row_id: int | None, before: ColumnValues, draft: ParsedDocument
) -> bool:
    if name in draft.links:
        links = of.model.many_relations[name].link._default_manager.filter(parent=row_id).order_by("id")
        return list(links.values_list("target_id", flat=True)) != draft.links[name]
    if name in draft.rows:
        path = next(path for path, child in of.children.items() if child.name == name)
        rows = list(of.child_model(path).objects.filter(parent=row_id).order_by("position", "id").values())
        given = draft.rows[name]
        # An array's rows get new ids where the client sent none, which changes nothing.
        return len(rows) != len(given) or any(
            row.get(key) != value
            for row, fresh in zip(rows, given, strict=True)
            for key, value in fresh.items()
            if key not in {"row_id", "position"}
        )
    attribute = next((f.attname for f in of.columns.values() if f.name == name), "")
    return draft.columns.get(attribute, before.get(attribute)) != before.get(attribute)
