"""The thirty collections of the document, letter for letter: names, kinds, options, defaults, limits and indexes."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from botcafe.cms.query.field_paths import child_columns
from botcafe.cms.schema.collection import Collection, all_collections, collection_for_model, get_collection
from botcafe.kit.instants import now

DOCUMENT: list[dict[str, Any]] = json.loads((Path(__file__).parent.parent / "collections.json").read_text())
MANY = {"text": "texts", "number": "numbers", "select": "selects"}


def flat(fields: list[dict[str, Any]], head: str = "") -> list[tuple[str, dict[str, Any]]]:
    """All fields of the document with their dotted paths, groups opened."""
    found = []
    for field in fields:
        path = f"{head}{field['name']}"
        found.append((path, field))
        if field["kind"] == "group":
            found += flat(field["fields"], f"{path}.")
    return found


FIELDS = [
    pytest.param(entry["slug"], path, field, id=f"{entry['slug']}-{path}")
    for entry in DOCUMENT
    for path, field in flat(entry["fields"])
]
ADDED = {
    "users": {"role", "data_retention_policy", "is_deactivated", "region", "birth_year"},
    "crisisSupport": {"source", "checked_at"},
    "supportTickets": {"internal_notes"},
    "media": {"user", "thumbnailURL", "focalX", "focalY"},
    "bot": {
        "scenario",
        "personality",
        "instructions",
        "post_history_instructions",
        "depth_prompt",
        "card",
        "alternate_greetings",
        "tags",
        "is_definition_open",
        "rating",
    },
    "conversation": {
        "title",
        "persona",
        "active_leaf",
        "model_choice",
        "preset",
        "scene",
        "author_note",
        "speaking_order",
        "auto_mode",
        "window_tokens",
        "reply_tokens",
        "is_temporary",
        "knowledge_collections",
        "is_memory_off",
        "origin",
    },
    "message": {"parent", "persona", "is_hidden", "origin"},
    "selfModeration": {"quiet_hours", "break_reminder_minutes", "loosens_at", "in_force"},
    "personas": {"knowledge_collections", "origin"},
    "knowledge": {"vectorization_progress", "vector_status", "narrative_timeline", "title", "origin"},
    "knowledgeCollections": {"origin"},
    "memory": {
        "summarization_model",
        "summary_quality_score",
        "vector_status",
        "persona",
        "title",
        "status",
        "superseded_by",
        "closed_at",
        "is_pinned",
        "is_extractive",
        "is_edited",
        "topics",
        "source_messages",
        "happened_from",
        "happened_until",
        "origin",
    },
}
"""What DESIGN 2 adds to the document's own fields."""
ADDED_GROUPS = {
    "knowledge": {"activation_settings", "positioning", "advanced_activation", "filtering", "budget_control"},
    "knowledgeCollections": {"lore_settings"},
}
"""Groups that are added whole."""
DECIDED: dict[tuple[str, str], dict[str, Any]] = {
    ("tokenGifts", "token_amount"): {"min": 1},
    ("tokenGifts", "status"): {"default": "pending"},
    ("subscriptionPayments", "amount"): {"min": 0},
    ("subscriptionPayments", "status"): {"default": "pending"},
    ("selfModeration", "daily_time_limit_minutes"): {"min": 0},
    ("selfModeration", "weekly_message_limit"): {"min": 0},
    ("userAgreements", "agreed_at"): {"default": now},
    ("supportTickets", "status"): {"default": "open"},
    ("supportTickets", "priority"): {"default": "normal"},
    ("supportTickets", "subject"): {"max_length": 200},
    ("supportTickets", "description"): {"max_length": 20_000},
    # A clash becomes cup-1.png: files are fetched by name.
    ("media", "filename"): {"unique": True},
}
"""What we ask beyond the document: evidence begins as the server says, amounts are not negative (decision 0042)."""
STAFF_ONLY = {"supportTickets": ("internal_notes",)}
"""Fields that the owner of a row does not see."""
ADDED_IN_ROWS = {"bot_participation": ["talkativeness", "model_choice", "preset"]}


def wire_paths(of: Collection[Any]) -> set[str]:
    """All fields as clients see them, but the three that every row has."""
    return {*of.columns, *of.many, *of.children} - {"id", "createdAt", "updatedAt"}


def test_the_thirty_slugs_are_served() -> None:
    assert len(DOCUMENT) == 30
    assert {entry["slug"] for entry in DOCUMENT} == {of.slug for of in all_collections() if not of.is_added}


@pytest.mark.parametrize("entry", DOCUMENT, ids=lambda entry: entry["slug"])
def test_nothing_is_served_that_neither_document_nor_design_names(entry: dict[str, Any]) -> None:
    documented = {path for path, field in flat(entry["fields"]) if field["kind"] != "group"}
    kept = {"id", "createdAt", "updatedAt", "password"}
    groups = ADDED_GROUPS.get(entry["slug"], set())
    served = {path for path in wire_paths(get_collection(entry["slug"])) if path.partition(".")[0] not in groups}
    assert served == documented - kept | ADDED.get(entry["slug"], set())


@pytest.mark.parametrize(("slug", "path", "field"), FIELDS)
def test_a_field_is_of_its_kind_with_its_limits_and_default(slug: str, path: str, field: dict[str, Any]) -> None:
    of = get_collection(slug)
    kind = field["kind"]
    if path == "id":
        assert isinstance(of.model._meta.pk, models.BigAutoField)
    elif kind == "password":
        assert of.is_auth
    elif kind == "group":
        assert path in of.groups
        assert of.labels.get(path) == field.get("label")
    elif kind == "array" and field["of"] == "object":
        check_rows(of, path, field)
    elif kind in {"relationship", "upload"}:
        check_relation(of, path, field)
    else:
        check_column(of.columns[path], {**field, **DECIDED.get((slug, path), {})})


def check_column(column: Any, field: dict[str, Any]) -> None:
    """Kind, requirement, options, limits, default, uniqueness and index of a plain field."""
    face, kind = column.spec, field["kind"]
    assert face.kind == (MANY[field["of"]] if kind == "array" else kind)
    check_face(face, field)
    if kind != "date" or field["name"] not in {"createdAt", "updatedAt"}:
        assert face.default == field.get("default")
    assert column.unique == field.get("unique", False)
    if field.get("indexed"):
        assert column.db_index or column.unique
    if field.get("read_only"):
        assert face.server


def check_face(face: Any, field: dict[str, Any]) -> None:
    """What a field says about its values."""
    assert face.required == field["required"]
    assert list(face.options) == field.get("options", [])
    assert face.is_open == field.get("open", False)
    assert (face.minimum, face.maximum) == (field.get("min"), field.get("max"))
    if "max_length" in field:
        assert face.max_length == field["max_length"]
    else:
        assert face.max_length in {None, 500}, "indexed text is capped for the sake of its index"


def check_relation(of: Collection[Any], path: str, field: dict[str, Any]) -> None:
    """Kind, target and requirement of a relation."""
    if field.get("many"):
        many = of.many[path]
        assert collection_for_model(apps.get_model(many.to)).slug == field["to"]
        assert many.spec.required == field["required"]
        return
    column = of.columns[path]
    assert column.spec.kind == field["kind"]
    assert collection_for_model(column.related_model).slug == field["to"]
    assert column.spec.required == field["required"]
    assert column.null is not field["required"]
    leading = {index.fields[0] for index in of.model._meta.indexes if index.fields}
    if field.get("indexed"):
        assert column.db_index or column.name in leading


def check_rows(of: Collection[Any], path: str, field: dict[str, Any]) -> None:
    """The fields of an array's objects."""
    if path in of.children:
        inner = {name: column.spec for name, column in child_columns(of.child_model(path)).items()}
    else:
        assert of.columns[path].spec.kind == "rows"
        inner = {sub.name: sub.spec for sub in of.columns[path].spec.fields}
    assert list(inner) == [part["name"] for part in field["fields"]] + ADDED_IN_ROWS.get(path, [])
    for part in field["fields"]:
        assert inner[part["name"]].kind == part["kind"]
        check_face(inner[part["name"]], part)


@pytest.mark.parametrize("entry", [e for e in DOCUMENT if "unique_together" in e], ids=lambda e: e["slug"])
def test_what_is_unique_together_is_so_in_the_database(entry: dict[str, Any]) -> None:
    held = [set(c.fields) for c in get_collection(entry["slug"]).model._meta.constraints]
    for group in entry["unique_together"]:
        assert set(group) in held


@pytest.mark.parametrize("entry", [e for e in DOCUMENT if "index_together" in e], ids=lambda e: e["slug"])
def test_what_is_indexed_together_has_its_index(entry: dict[str, Any]) -> None:
    of = get_collection(entry["slug"])
    held = [list(index.fields) for index in of.model._meta.indexes]
    for group in entry["index_together"]:
        assert [of.columns[name].name for name in group] in held


@pytest.mark.parametrize("of", all_collections(), ids=lambda of: of.slug)
def test_columns_and_tables_are_plain_ascii(of: Collection[Any]) -> None:
    names = [of.model._meta.db_table, *(f.column for f in of.model._meta.concrete_fields)]
    assert all(name.isascii() and name == name.lower() for name in names)


def test_a_document_shows_exactly_the_fields_of_its_collection(house: Any) -> None:
    for of in all_collections():
        if of.slug in {"auditLog", "invites"}:
            continue
        doc = house.cast.alice.get(f"/api/{of.slug}/{house.id(of.slug, house.cast.alice)}?depth=0")
        hidden = {path for path, column in of.columns.items() if column.spec.secret and not column.spec.shown_as}
        hidden |= {path for path, column in of.columns.items() if column.name in STAFF_ONLY.get(of.slug, ())}
        shown = {p for p in leaves(doc, of) if p not in {"id", "createdAt", "updatedAt"}}
        extra = {"sessions", "collection"} if of.is_auth else set()
        assert shown == wire_paths(of) - hidden | extra, of.slug


def leaves(node: dict[str, Any], of: Collection[Any], head: str = "") -> set[str]:
    """The dotted paths of a document, down to its fields."""
    found: set[str] = set()
    for name, value in node.items():
        path = f"{head}{name}"
        found |= leaves(value, of, f"{path}.") if path in of.groups else {path}
    return found
