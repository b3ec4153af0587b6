"""Types of decoded JSON, and typed access to JSON whose shape nobody has checked yet."""

from typing import TypeAlias

JsonValue: TypeAlias = bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"] | None
JsonObject: TypeAlias = dict[str, JsonValue]


def object_or_empty(value: object) -> JsonObject:
    """The value if it is a JSON object, else an empty object."""
    return value if isinstance(value, dict) else {}


def list_or_empty(value: object) -> list[JsonValue]:
    """The value if it is a JSON list, else an empty list."""
    return value if isinstance(value, list) else []


def objects_in(value: object) -> list[JsonObject]:
    """The JSON objects of a list; items of other types are skipped, and anything but a list is empty."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text_or_empty(value: object) -> str:
    """The value if it is text, else an empty string."""
    return value if isinstance(value, str) else ""


def is_nested_deeper(value: object, levels: int) -> bool:
    """Whether lists and objects lie in each other more than so many levels deep.

    Level by level instead of by recursion, which a deep value could exhaust.
    """
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return bool(level)
