"""Made-up cards in every version and container, built in code."""

import base64
import json
import struct
import zlib
from typing import Any

Json = dict[str, Any]
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def v1(**changes: Any) -> Json:
    """A flat V1 card."""
    card: Json = {
        "name": "Olga",
        "description": "Keeps the lighthouse.",
        "personality": "patient",
        "scenario": "A storm is near.",
        "first_mes": "Come in, quickly!",
        "mes_example": "<START>\n{{user}}: Is it safe?\n{{char}}: Inside, yes.",
    }
    return card | changes


def entry(**changes: Any) -> Json:
    """One lorebook entry with the required fields."""
    lore: Json = {
        "keys": ["lamp"],
        "content": "The lamp burns oil.",
        "extensions": {},
        "enabled": True,
        "insertion_order": 5,
    }
    return lore | changes


def v2(**changes: Any) -> Json:
    """A V2 card; `changes` go into its data."""
    data = v1(
        creator_notes="A quiet one.",
        system_prompt="Stay brief. {{original}}",
        post_history_instructions="",
        alternate_greetings=["Who is there?", "Late again."],
        tags=["sea", "calm"],
        creator="tester",
        character_version="7",
        extensions={"talkativeness": 0.25, "depth_prompt": {"prompt": "It rains.", "depth": 2, "role": "user"}},
        character_book={"name": "Coast", "scan_depth": 3, "extensions": {}, "entries": [entry()]},
    )
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": data | changes}


def v3(**changes: Any) -> Json:
    """A V3 card; `changes` go into its data."""
    extra = {
        "nickname": "Olly",
        "group_only_greetings": ["A crowd!"],
        "creator_notes_multilingual": {"de": "Eine Stille."},
        "source": ["id-1"],
        "creation_date": 1_700_000_000,
        "modification_date": 1_700_000_000_000,
        "assets": [{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}],
    }
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": v2()["data"] | extra | changes}


def as_json(card: Any) -> bytes:
    """The card as a JSON file."""
    return json.dumps(card, ensure_ascii=False).encode()


def chunk(kind: bytes, data: bytes, *, is_damaged: bool = False) -> bytes:
    """One PNG chunk, on request with a wrong checksum."""
    crc = zlib.crc32(kind + data) ^ is_damaged
    return struct.pack(">I4s", len(data), kind) + data + struct.pack(">I", crc)


HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
PIXELS = chunk(b"IDAT", zlib.compress(b"\x00\x7f"))
END = chunk(b"IEND", b"")
PICTURE = SIGNATURE + HEADER + PIXELS + END


def text(keyword: bytes, card: Any) -> bytes:
    """A tEXt chunk that holds a card."""
    return chunk(b"tEXt", keyword + b"\x00" + base64.b64encode(as_json(card)))


def png(*extra: bytes) -> bytes:
    """A picture of one grey pixel with additional chunks before its end."""
    return SIGNATURE + HEADER + PIXELS + b"".join(extra) + END
