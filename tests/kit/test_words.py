"""Words made from names in code."""

import pytest
from django.http import HttpResponse
from django.urls import path, resolve, reverse

from botcafe.kit import words
from botcafe.kit.url_converters import MAX_ID, NameConverter, RowIdConverter


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("system_prompt", "System_prompt"),
        ("a", "A"),
        ("Already", "Already"),
        ("", ""),
        ("émile", "Émile"),
        ("1st", "1st"),
    ],
)
def test_a_label_is_the_name_with_a_capital(name: str, label: str) -> None:
    assert words.field_label(name) == label


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("BotInteraction", "Bot Interaction"),
        ("Bot", "Bot"),
        ("ApiKey2Use", "Api Key2 Use"),
        ("APIKey", "APIKey"),
        ("bot", "bot"),
        ("", ""),
    ],
)
def test_camel_case_is_spaced_at_its_humps(name: str, phrase: str) -> None:
    assert words.space_camel_case(name) == phrase


@pytest.mark.parametrize(
    ("name", "snake"),
    [
        ("botInteractions", "bot_interactions"),
        ("bot", "bot"),
        ("Bot", "bot"),
        ("knowledgeCollections", "knowledge_collections"),
        ("a1B", "a1_b"),
        ("already_snake", "already_snake"),
        ("", ""),
    ],
)
def test_camel_case_becomes_snake_case(name: str, snake: str) -> None:
    assert words.snake_case(name) == snake


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("Bot", "Bots"),
        ("Memory", "Memories"),
        ("Key", "Keys"),
        ("Reply", "Replies"),
        ("Knowledge", "Knowledge"),
        ("Documentation", "Documentation"),
        ("Media", "Media"),
        ("Activity Log", "Activity Log"),
        ("Access Control", "Access Control"),
        ("Settings", "Settings"),
        ("Persona", "Personas"),
        ("Sampler Preset", "Sampler Presets"),
        ("Day", "Days"),
        ("Guy", "Guys"),
    ],
)
def test_a_phrase_has_its_plural(one: str, several: str) -> None:
    assert words.pluralize(one) == several


def test_a_plural_stays_as_it_is() -> None:
    for phrase in ("Bot", "Memory", "Knowledge", "Key"):
        plural = words.pluralize(phrase)
        assert words.pluralize(plural) == plural


@pytest.mark.parametrize("number", [*range(9), 11, 12, *range(14, 32), 127])
def test_control_characters_are_found(number: int) -> None:
    assert words.has_control_characters(f"a{chr(number)}b")


@pytest.mark.parametrize("text", ["", "plain", "a\tb", "a\nb", "a\r\nb", "é😀", "\u0080", "\u200b", "~ "], ids=ascii)
def test_ordinary_characters_are_no_control_characters(text: str) -> None:
    assert not words.has_control_characters(text)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Mocha", "mocha"),
        ("Mocha the Barista", "mocha-the-barista"),
        ("  Mocha!  ", "mocha"),
        ("a--b__c", "a-b-c"),
        ("Émile", "mile"),
        ("東京", "bot"),
        ("!!!", "bot"),
        ("", "bot"),
        ("R2-D2", "r2-d2"),
        ("x" * 200, "x" * 80),
        ("a/b?c#d", "a-b-c-d"),
    ],
)
def test_a_slug_is_made_of_lower_case_words_and_hyphens(name: str, slug: str) -> None:
    assert words.slugify_name(name) == slug


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), ("007", 7), (str(MAX_ID), MAX_ID), (str(MAX_ID + 1), MAX_ID), ("9" * 100, MAX_ID)],
    ids=lambda value: str(value)[:22],
)
def test_an_id_in_a_path_is_capped_at_64_bits(text: str, number: int) -> None:
    assert RowIdConverter().to_python(text) == number


@pytest.mark.parametrize("name", ["mocha", "a/b", "Émile", "a b", "a%b", "%", "?q#f"])
def test_a_name_in_a_path_is_one_segment_and_comes_back(name: str) -> None:
    converter = NameConverter()
    written = converter.to_url(name)
    assert "/" not in written
    assert converter.to_python(written) == name


def test_an_empty_name_has_an_address_too() -> None:
    assert NameConverter().to_url("") == "-"


class Urls:
    """Two routes of our own."""

    urlpatterns = (
        path("rows/<id:number>/", lambda request, number: HttpResponse(), name="row"),
        path("names/<name:slug>/", lambda request, slug: HttpResponse(), name="named"),
    )


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("/rows/12/", {"number": 12}),
        ("/names/a%2Fb/", {"slug": "a/b"}),
        ("/names/é ü/", {"slug": "é ü"}),
    ],
)
def test_the_converters_are_registered_for_routes(address: str, values: dict[str, object]) -> None:
    assert resolve(address, Urls).kwargs == values


def test_a_reversed_route_escapes_the_slash_of_a_name() -> None:
    assert "/" not in reverse("named", Urls, args=["a/b"]).removeprefix("/names/").removesuffix("/")


@pytest.mark.parametrize(("number", "told"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1443, "1,443 files")])
def test_one_is_told_as_one(number: int, told: str) -> None:
    assert words.counted(number, "file") == told
