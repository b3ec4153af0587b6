"""SillyTavern's backup of personas is read and written."""

import json
from typing import Any

import pytest

from botcafe.formats import personas
from botcafe.formats.errors import FormatError
from botcafe.formats.personas import ImportedPersona, read_personas, write_personas


def backup(names: Any, texts: Any = None, **more: Any) -> bytes:
    return json.dumps({"personas": names, "persona_descriptions": texts or {}, **more}).encode()


def read_one(name: Any, text: Any = None) -> tuple[ImportedPersona, list[str]]:
    (found,), warnings = read_personas(backup({"robin.png": name}, {"robin.png": text} if text is not None else {}))
    return found, warnings


def test_names_and_descriptions_are_joined_by_their_picture() -> None:
    data = backup({"a.png": "Robin", "b.png": "Kim"}, {"b.png": {"description": "A sailor."}}, default_persona="b.png")
    found, warnings = read_personas(data)
    assert [(p.name, p.description, p.is_default) for p in found] == [("Robin", "", False), ("Kim", "A sailor.", True)]
    assert warnings == []


def test_the_settings_file_of_sillytavern_holds_them_too() -> None:
    data = json.dumps({"power_user": {"personas": {"a.png": "Robin"}, "persona_descriptions": {}}, "x": 1}).encode()
    assert [p.name for p in read_personas(data)[0]] == ["Robin"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Robin", "Robin"),
        ("  Robin\n Bell ", "Robin Bell"),
        ("", "Nameless"),
        ("   ", "Nameless"),
        ("n" * 300, "n" * 100),
        (5, "5"),
        ("Zoë 😀", "Zoë 😀"),
    ],
    ids=lambda value: str(value)[:12] or "empty",
)
def test_a_name_is_one_line(given: object, name: str) -> None:
    assert read_one(given)[0].name == name


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ({"description": "A painter."}, "A painter."),
        ({"description": "  A painter.\n"}, "A painter."),
        ({"description": ""}, ""),
        ({"description": None}, ""),
        ({}, ""),
        ("A painter.", ""),
        ([], ""),
    ],
)
def test_a_description_is_read(text: object, description: str) -> None:
    assert read_one("Robin", text)[0].description == description


def test_a_description_that_is_too_long_is_cut_with_a_warning() -> None:
    found, warnings = read_one("Robin", {"description": "x" * 100_001})
    assert len(found.description) == 100_000
    assert any("end was cut off" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("text", "words"), [({"position": 9}, "not told to the model"), ({"lorebook": "Sea"}, "lorebook is another file")]
)
def test_what_is_different_here_is_told(text: dict[str, Any], words: str) -> None:
    assert any(words in warning for warning in read_one("Robin", text)[1])


def test_more_personas_than_the_limit_are_cut_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personas, "MAX_PERSONAS", 2)
    found, warnings = read_personas(backup({f"{n}.png": f"P{n}" for n in range(3)}))
    assert [p.name for p in found] == ["P0", "P1"]
    assert any("there are 3; the first 2" in warning for warning in warnings)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"text", b"{}", b'{"personas": []}', b'{"personas": "x"}', b'{"personas": {}}', b'{"power_user": {}}',
     b'{"power_user": {"personas": {}}}'],
)  # fmt: skip
def test_a_file_without_personas_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        read_personas(data)
    assert caught.value.code == "unsupported"


@pytest.mark.parametrize("data", [b"{", b'{"personas": {"a.png": "Rob'])
def test_broken_json_is_refused_as_such(data: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        read_personas(data)
    assert caught.value.code == "broken_json"


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personas, "MAX_BACKUP_BYTES", 10)
    with pytest.raises(FormatError) as caught:
        read_personas(backup({"a.png": "Robin"}))
    assert caught.value.code == "too_large"


def test_what_is_written_is_read_back() -> None:
    given = [ImportedPersona("Robin", "A painter.", "The Quiet", True), ImportedPersona("Kim", "A sailor.")]
    found, _ = read_personas(write_personas(given))
    assert [(p.name, p.description, p.title, p.is_default) for p in found] == [
        ("Robin", "A painter.", "The Quiet", True),
        ("Kim", "A sailor.", "", False),
    ]


def test_what_botcafe_does_not_know_comes_back_as_it_was() -> None:
    texts = {"a.png": {"description": "x", "position": 3, "depth": 7, "role": 1, "connections": [{"type": "chat"}]}}
    data = backup({"a.png": "Robin"}, texts, default_persona="a.png")
    assert json.loads(write_personas(read_personas(data)[0])) == json.loads(data)


def test_a_name_of_odd_spaces_comes_back_as_it_was_unless_it_was_changed() -> None:
    (found,), _ = read_personas(backup({"a.png": " Robin  Bell "}))
    assert json.loads(write_personas([found]))["personas"] == {"a.png": " Robin  Bell "}
    renamed = ImportedPersona("Kim", found.description, raw=found.raw)
    assert json.loads(write_personas([renamed]))["personas"] == {"a.png": "Kim"}


def test_two_personas_of_one_picture_get_two_file_names() -> None:
    names = json.loads(write_personas([ImportedPersona("A"), ImportedPersona("B"), ImportedPersona("C")]))["personas"]
    assert names == {"user.png": "A", "2-user.png": "B", "3-user.png": "C"}
