"""Where the dotted paths of filters and sorts end, and which of them are refused to whom."""

import pytest

from botcafe.cms.query.field_paths import FieldPath, resolve_path
from botcafe.cms.schema.actor import ActorKind
from botcafe.cms.schema.errors import QueryRefused


def refused_paths(slug: str, path: str, kind: ActorKind) -> list[str]:
    with pytest.raises(QueryRefused) as refused:
        resolve_path(slug, path, kind)
    assert isinstance(refused.value.data, list)
    return [each["path"] for each in refused.value.data]


@pytest.mark.parametrize(
    ("path", "attribute", "kind"),
    [
        ("id", "pk", "id"),
        ("name", "name", "text"),
        ("age", "age", "number"),
        ("is_public", "is_public", "checkbox"),
        ("user", "user_id", "relationship"),
        ("user.id", "user_id", "relationship"),
        ("tags", "tags", "texts"),
        ("knowledge_collections", "knowledge_collections", "relationships"),
        ("knowledge_collections.id", "knowledge_collections", "relationships"),
    ],
)
def test_a_path_within_the_collection_ends_at_its_column(path: str, attribute: str, kind: str) -> None:
    place = resolve_path("bot", path, "user")
    assert (place.steps, place.attribute, place.spec.kind, place.inside) == ((), attribute, kind, ())


@pytest.mark.parametrize(
    ("path", "steps", "attribute"),
    [
        ("user.name", (("to", "user", "users"),), "name"),
        ("knowledge_collections.name", (("each", "knowledge_collections", "knowledgeCollections"),), "name"),
        (
            "knowledge_collections.user.name",
            (("each", "knowledge_collections", "knowledgeCollections"), ("to", "user", "users")),
            "name",
        ),
    ],
)
def test_a_path_through_relations_names_its_steps(
    path: str, steps: tuple[tuple[str, str, str], ...], attribute: str
) -> None:
    place = resolve_path("bot", path, "user")
    assert (place.steps, place.attribute) == (steps, attribute)


def test_the_path_of_a_grouped_column_holds_its_groups() -> None:
    place = resolve_path("api-key", "key_configuration.rate_limits.requests_per_hour", "user")
    assert place.attribute == "key_configuration_rate_limits_requests_per_hour"


def test_a_path_goes_on_into_json() -> None:
    place = resolve_path("api-key", "usage_analytics.monthly_usage.january.gpt-4", "user")
    assert (place.attribute, place.inside) == ("usage_analytics_monthly_usage", ("january", "gpt-4"))


@pytest.mark.parametrize("step", ["a b", "a'b", 'a"b', "a;b", "$", "", "a[0]", "x" * 101])
def test_only_plain_words_go_into_json(step: str) -> None:
    path = f"usage_analytics.monthly_usage.{step}"
    assert refused_paths("api-key", path, "user") == [path]


@pytest.mark.parametrize("path", ["system_prompt", "personality", "card", "card.data.name", "depth_prompt.prompt"])
def test_what_is_hidden_in_some_rows_is_refused_to_users_and_guests(path: str) -> None:
    assert refused_paths("bot", path, "user") == [path]
    assert refused_paths("bot", path, "anonymous") == [path]


@pytest.mark.parametrize(("path", "inside"), [("card.data.name", ("data", "name")), ("system_prompt", ())])
def test_who_reads_every_row_may_ask_for_it(path: str, inside: tuple[str, ...]) -> None:
    assert resolve_path("bot", path, "admin").inside == inside


@pytest.mark.parametrize("kind", ["anonymous", "user", "admin", "system"])
def test_a_secret_is_refused_to_everybody(kind: ActorKind) -> None:
    assert refused_paths("api-key", "key", kind) == ["key"]


def test_a_hidden_field_is_refused_in_the_same_words_as_one_that_does_not_exist() -> None:
    messages = []
    for path in ("scenario", "scenarix"):
        with pytest.raises(QueryRefused) as refused:
            resolve_path("bot", path, "user")
        messages.append(str(refused.value).replace(path, "PATH"))
    assert messages[0] == messages[1]
    assert "PATH" in messages[0]


@pytest.mark.parametrize("path", ["name.id", "id.id", "tags.first", "name.", ".name", "user..name", "user.user"])
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    refused_paths("bot", path, "user")


def test_an_endless_path_is_refused_and_told_in_part() -> None:
    assert refused_paths("bot", "user." * 100, "user") == ["user." * 60]


@pytest.mark.parametrize(
    ("path", "joins"),
    [("id", False), ("age", False), ("user.id", False), ("tags", True), ("knowledge_collections", True)],
)
def test_lists_and_relations_to_many_lie_in_other_tables(path: str, joins: bool) -> None:
    place: FieldPath = resolve_path("bot", path, "user")
    assert place.joins is joins
