"""Made-up files of every kind, with all the fields that are read, each with a way to pack its JSON into bytes."""

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

from botcafe.formats.archive import write_archive
from tests.formats.fixtures import PICTURE, Json, as_json, chunk, entry, png, text, v1, v2, v3

Pack = Callable[[Any], bytes]
WORLD_ENTRY: Json = {
    "uid": 0,
    "key": ["a", "/b/i"],
    "keysecondary": ["c"],
    "comment": "A",
    "content": "@@depth 2\nA",
    "constant": False,
    "vectorized": True,
    "selective": True,
    "selectiveLogic": 3,
    "order": 50,
    "position": 4,
    "disable": False,
    "excludeRecursion": True,
    "preventRecursion": False,
    "delayUntilRecursion": 2,
    "probability": 40,
    "useProbability": True,
    "depth": 3,
    "role": 2,
    "group": "g",
    "groupOverride": False,
    "groupWeight": 10,
    "useGroupScoring": None,
    "scanDepth": 5,
    "caseSensitive": True,
    "matchWholeWords": None,
    "automationId": "x",
    "sticky": 1,
    "cooldown": 2,
    "delay": 3,
    "matchScenario": True,
    "triggers": ["normal"],
    "characterFilter": {"isExclude": True, "names": ["Olga"], "tags": []},
    "displayIndex": 1,
    "outletName": "o",
    "x_own": {"a": [1]},
}
WORLD: Json = {"name": "W", "entries": {"0": WORLD_ENTRY}, "extensions": {}, "originalData": {"entries": []}}
EXTRA: Json = {"position": 4, "depth": 2, "role": 1, "probability": 5, "useProbability": True, "match_persona": True}
BOOK: Json = {
    "name": "Coast",
    "description": "D",
    "scan_depth": 3,
    "token_budget": 500,
    "recursive_scanning": True,
    "extensions": {"x": 1},
    "entries": [
        entry(extensions=EXTRA, id=1, secondary_keys=["s"], position="before_char", priority=2, use_regex=True)
    ],
}
MEMORY_ROW: Json = {
    "name": "n",
    "entry": "E",
    "keywords": ["k"],
    "priority": 1,
    "weight": 2,
    "enabled": True,
    "secondaryKeys": ["s"],
    "constant": False,
    "position": "before_char",
}
MEMORY: Json = {"kind": "memory", "name": "M", "description": "D", "entries": [MEMORY_ROW], "extensions": {"x": 1}}
RISU_LORE: Json = {
    "type": "risu",
    "ver": 1,
    "data": [
        {"key": "\uf000folder:1", "mode": "folder", "comment": "F"},
        {
            "key": "a, b",
            "secondkey": "c",
            "insertorder": 3,
            "comment": "C",
            "content": "T",
            "mode": "normal",
            "alwaysActive": False,
            "selective": True,
            "activationPercent": 30,
            "useRegex": False,
            "folder": "\uf000folder:1",
        },
    ],
}
NOVELAI: Json = {
    "lorebookVersion": 5,
    "entries": [
        {
            "text": "T",
            "keys": ["k"],
            "displayName": "N",
            "enabled": True,
            "forceActivation": False,
            "contextConfig": {"budgetPriority": 400, "prefix": ""},
            "category": "c1",
        }
    ],
    "categories": [{"id": "c1", "enabled": False}],
}
KOBOLD_LORE: Json = {
    "worldinfo": [
        {
            "key": "a,b",
            "keysecondary": "c",
            "keyanti": "d",
            "content": "T",
            "comment": "C",
            "selective": True,
            "constant": False,
            "probability": 50,
            "wigroup": "g",
            "widisabled": False,
        }
    ]
}
HEADER: Json = {
    "user_name": "Ali",
    "character_name": "unused",
    "create_date": "2024-7-12@01h31m37s",
    "chat_metadata": {
        "note_prompt": "Rain.",
        "note_depth": 2,
        "note_interval": 1,
        "note_role": 1,
        "scenario": "S",
        "botcafe": {"title": "T"},
    },
}
LINE: Json = {
    "name": "Olga",
    "is_user": False,
    "is_system": False,
    "send_date": 1700000000000,
    "mes": "Hi",
    "swipes": ["Hi", {"message": "Ho"}],
    "swipe_id": 0,
    "swipe_info": [{"extra": {}}],
    "extra": {"model": "m", "reasoning": "Hm."},
    "original_avatar": "Olga.png",
}
AGNAI_CHAT: Json = {
    "name": "Ann",
    "greeting": "Hi",
    "scenario": "S",
    "messages": [{"msg": "Yo", "userId": "u", "handle": "Ali", "createdAt": "2024-01-01T00:00:00Z"}, {"msg": "Hi"}],
}
RISU_CHAT: Json = {
    "type": "risuAllChats",
    "ver": 2,
    "data": [
        {
            "name": "One",
            "note": "N",
            "fmIndex": 0,
            "message": [
                {"role": "user", "data": "Yo", "time": 1700000000000, "name": "Ali", "disabled": False},
                {"role": "char", "data": "Hi", "generationInfo": {"model": "m"}, "isComment": True},
            ],
        }
    ],
}
HISTORIES: Json = {
    "info": {"character": {"name": "Ann"}},
    "histories": {
        "histories": [
            {
                "created": "2023-01-01T00:00:00Z",
                "msgs": [
                    {"text": "Hi", "src": {"name": "Ann", "is_human": False}, "display_name": "Ann", "created": 1},
                    {"text": "Ho", "src": {"name": "Ann"}, "is_alternative": True},
                ],
            }
        ]
    },
}
TURNS: Json = {
    "character": {"name": "Ann"},
    "turns": [
        {
            "author": {"name": "Ann", "is_human": False},
            "candidates": [{"candidate_id": "a", "raw_content": "Hi"}, {"candidate_id": "b", "raw_content": "Ho"}],
            "primary_candidate_id": "b",
            "create_time": "2024-01-02T00:00:00Z",
        },
        {"author": {"is_human": True}, "candidates": [{"raw_content": "Yo"}], "create_time": "2024-01-01T00:00:00Z"},
    ],
}
OOBA: Json = {
    "internal": [["<|BEGIN-VISIBLE-CHAT|>", "Hi"], ["Yo", "Ho"]],
    "visible": [["", "Hi"], ["Yo &amp;", "Ho"]],
    "metadata": {
        "assistant_1": {
            "timestamp": "Jan 01, 2024 10:00",
            "model_name": "m",
            "versions": [{"content": "Ho"}, {"content": "Hu"}],
            "current_version_index": 0,
        }
    },
}
OOBA_OLD: Json = {"data": [["Yo", "Hi"]], "data_visible": [["Yo", "Hi"]]}
KOBOLD: Json = {
    "gamestarted": True,
    "prompt": "Ann: Hi [<|p|x|p|>]\nMe: Yo",
    "actions": ["\nAnn: Ho", "{{[INPUT]}}x{{[OUTPUT]}}y"],
    "memory": "M",
    "authorsnote": "N",
    "savedsettings": {"chatname": "Me", "chatopponent": "Ann||$||Bea", "opmode": 3},
    **KOBOLD_LORE,
}
OWN: Json = {
    "spec": "botcafe_chat",
    "data": {
        "title": "T",
        "user_name": "Ali",
        "character_name": "Ann",
        "created_at": "2024-01-01T00:00:00.000Z",
        "notes": {"note_prompt": "N", "note_depth": 1, "note_interval": 2, "note_role": 1, "scenario": "S"},
        "origin": {"x": 1},
        "messages": [
            {
                "name": "Ann",
                "is_user": False,
                "text": "Hi",
                "swipes": ["Hi", "Ho"],
                "swipe": 0,
                "sent_at": "2024-01-01T00:00:00.000Z",
                "reasoning": "Hm.",
                "model": "m",
                "is_hidden": False,
                "origin": {"x": 1},
            }
        ],
    },
}
ROWS: list[Json] = [
    {"speaker": "You", "message": "Yo", "timestamp": 1700000000},
    {"role": "assistant", "text": "Hi", "is_user": False, "date": "2024-01-01"},
]
PERSONAS: Json = {
    "personas": {"a.png": "Ali", "b.png": "Bo"},
    "persona_descriptions": {
        "a.png": {
            "description": "Tall.",
            "position": 9,
            "depth": 2,
            "role": 0,
            "title": "Dr",
            "lorebook": "W",
            "connections": [{"type": "character", "id": "Olga.png"}],
        }
    },
    "default_persona": "a.png",
}
GROUP: Json = {
    "id": "1",
    "name": "Crew",
    "members": ["Olga.png", "Ann.png"],
    "disabled_members": ["Ann.png"],
    "activation_strategy": 1,
    "generation_mode": 0,
    "chat_id": "c",
    "chats": ["c"],
    "chat_metadata": {"scenario": "S"},
}
AGNAI: Json = {
    "kind": "character",
    "name": "Ann",
    "description": "D",
    "persona": {"kind": "boostyle", "attributes": {"mood": ["calm"]}},
    "greeting": "Hi",
    "scenario": "S",
    "sampleChat": "You: a",
    "alternateGreetings": ["Ho"],
    "systemPrompt": "P",
    "postHistoryInstructions": "H",
    "insert": {"prompt": "I", "depth": 3},
    "creator": "c",
    "characterVersion": "1",
    "tags": ["t"],
    "extensions": {"x": 1},
    "characterBook": MEMORY,
}
PYGMALION: Json = {
    "char_name": "Chi",
    "char_persona": "P",
    "char_greeting": "Hi",
    "world_scenario": "S",
    "example_dialogue": "You: a",
}
PROMPTS: Json = {
    "temperature": 0.9,
    "top_p": 1,
    "seed": -1,
    "openai_max_tokens": 300,
    "openai_max_context": 4096,
    "impersonation_prompt": "I",
    "prompts": [
        {"identifier": "main", "name": "Main", "role": "system", "content": "M", "system_prompt": True},
        {"identifier": "x", "role": "user", "content": "X", "injection_position": 1, "injection_depth": 2},
        {"identifier": "chatHistory", "marker": True},
        {"identifier": "jailbreak", "role": "system", "content": "J"},
    ],
    "prompt_order": [
        {
            "character_id": 100000,
            "order": [
                {"identifier": "main", "enabled": True},
                {"identifier": "chatHistory", "enabled": True},
                {"identifier": "jailbreak", "enabled": True},
            ],
        }
    ],
}
TEXT_PRESET: Json = {
    "temp": 1,
    "rep_pen": 1.1,
    "genamt": 300,
    "max_length": 4096,
    "custom_stopping_strings": '["a", 5]',
    "api_key": "sk-x",
}
MASTER_PRESET: Json = {
    "preset": {"name": "P", **TEXT_PRESET},
    "sysprompt": {"name": "S", "content": "C", "post_history": "H"},
    "context": {"name": "C", "story_string": "{{x}}"},
    "instruct": {"name": "I", "input_sequence": "a", "stop_sequence": "b"},
}
OWN_PRESET: Json = {
    "botcafe_preset": 1,
    "name": "N",
    "kind": "chat",
    "sampling": {"temperature": 1, "top_k": 5, "stop": ["a"]},
    "main": "M",
    "post_history": "H",
    "impersonation": "I",
    "raw": {"a": {"b": "https://x.test/"}},
}
BACKYARD: Json = {
    "manifest": {
        "schemaVersion": 1,
        "characters": ["characters/a/character.json"],
        "scenarios": ["s.json", "t.json"],
        "author": {"name": "W"},
    },
    "person": {
        "name": "ann",
        "displayName": "Ann",
        "isNSFW": True,
        "persona": "{character} likes {user}.",
        "images": [{"path": "images/a.png", "label": ""}],
        "loreItems": [{"key": "lamp, oil", "value": "It burns."}],
    },
    "scene": {
        "title": "T",
        "narrative": "Night.",
        "formattingInstructions": "F",
        "firstMessages": [{"characterID": "a", "text": "Hi {user}"}],
        "exampleMessages": [{"text": "E"}],
        "messages": [
            {"type": "human", "text": "Yo", "createdAt": "2025-01-01T00:00:00Z"},
            {"type": "ai", "outputs": [{"text": "Hi", "activeTimestamp": "2025-01-01T00:00:01Z"}, {"text": "Ho"}]},
        ],
    },
    "other": {"firstMessages": [{"text": "Ho"}]},
}
OLD_BACKYARD: Json = {
    "character": {
        "aiName": "ann",
        "aiDisplayName": "Ann",
        "aiPersona": "{character} is calm.",
        "basePrompt": "F",
        "scenario": "Night.",
        "firstMessage": "Hi {user}",
        "customDialogue": "{user}: a",
        "isNSFW": True,
        "loreItems": [{"key": "lamp, oil", "value": "It burns."}],
        "Chat": [],
    },
    "version": "v2",
}
YAML = b"name: Chi\ngreeting: |-\n  Hello\ncontext: |-\n  A nerd.\nage: 20\nborn: 2000-01-01\ntags: [a, {b: c}]\n"
TALK = b"[2024-01-01 10:00] Ann: Hi\n- You: Yo\nand more\n**Ann:** Ho\n"


def as_charx(card: Any) -> bytes:
    """A zip with a card and its files."""
    files = {"card.json": as_json(card), "assets/icon/images/main.png": PICTURE, "x_meta/a.json": b"{}"}
    return write_archive(files)


def as_byaf(parts: Any) -> bytes:
    """A Backyard archive."""
    given = parts if isinstance(parts, dict) else {}
    files = {"characters/a/character.json": "person", "s.json": "scene", "t.json": "other"}
    packed = {path: as_json(given[name]) for path, name in files.items() if name in given}
    return write_archive({"manifest.json": as_json(given.get("manifest")), **packed, "images/a.png": PICTURE})


def as_lines(rows: Any) -> bytes:
    """JSON lines."""
    return b"\n".join(as_json(row) for row in rows) if isinstance(rows, list) else as_json(rows)


def as_png(keyword: bytes, card: Any) -> bytes:
    """A picture with a card in a text chunk."""
    return png(text(keyword, card))


def as_apng(card: Any) -> bytes:
    """A moving picture with a card."""
    return png(chunk(b"acTL", b"\x00\x00\x00\x01\x00\x00\x00\x00"), text(b"ccv3", card))


def as_exif(card: Any) -> bytes:
    """A picture with JSON in its EXIF part, as a note in letters of two bytes."""
    note = base64.b64encode(as_json(card)).decode().encode("utf-16-le")
    return png(chunk(b"eXIf", b"II*\x00\x08\x00\x00\x00UNICODE\x00" + note))


def as_webp(card: Any) -> bytes:
    """A WebP with a card in its EXIF part."""
    body = as_json(card)
    part = b"EXIF" + len(body).to_bytes(4, "little") + body + b"\x00" * (len(body) % 2)
    return b"RIFF" + (len(part) + 4).to_bytes(4, "little") + b"WEBP" + part


def behind_jpeg(card: Any) -> bytes:
    """A picture with an archive behind it."""
    return b"\xff\xd8\xff\xe0picture\xff\xd9" + as_charx(card)


V3 = v3(character_book=BOOK, assets=[{"type": "icon", "uri": "embeded://assets/icon/images/main.png", "name": "main"}])
RICH: dict[str, tuple[Any, Pack]] = {
    "v1": (v1(tags=["t"], creatorcomment="C", talkativeness=0.5), as_json),
    "pygmalion": (PYGMALION, as_json),
    "v2": (v2(character_book=BOOK), as_json),
    "v3": (V3, as_json),
    "png v2": (v2(), partial(as_png, b"chara")),
    "png v3": (V3, partial(as_png, b"ccv3")),
    "apng": (V3, as_apng),
    "webp": (v2(), as_webp),
    "charx": (V3, as_charx),
    "jpeg": (V3, behind_jpeg),
    "agnai": (AGNAI, as_json),
    "old backyard": (OLD_BACKYARD, as_exif),
    "byaf": (BACKYARD, as_byaf),
    "world info": (WORLD, as_json),
    "lorebook v3": ({"spec": "lorebook_v3", "data": BOOK}, as_json),
    "bare book": (BOOK, as_json),
    "agnai memory": (MEMORY, as_json),
    "risu lore": (RISU_LORE, as_json),
    "novelai": (NOVELAI, as_json),
    "kobold lore": (KOBOLD_LORE, as_json),
    "tavern chat": ([HEADER, LINE, {"mes": "Yo", "is_user": True}], as_lines),
    "agnai chat": (AGNAI_CHAT, as_json),
    "risu chat": (RISU_CHAT, as_json),
    "histories": (HISTORIES, as_json),
    "turns": (TURNS, as_json),
    "ooba": (OOBA, as_json),
    "old ooba": (OOBA_OLD, as_json),
    "kobold": (KOBOLD, as_json),
    "own chat": (OWN, as_json),
    "rows": (ROWS, as_json),
    "personas": (PERSONAS, as_json),
    "settings": ({"power_user": PERSONAS}, as_json),
    "group": (GROUP, as_json),
    "prompts": (PROMPTS, as_json),
    "text preset": (TEXT_PRESET, as_json),
    "master preset": (MASTER_PRESET, as_json),
    "own preset": (OWN_PRESET, as_json),
}
PACKED: dict[str, bytes] = {
    **{name: pack(root) for name, (root, pack) in RICH.items()},
    "yaml": YAML,
    "text": TALK,
    "two chunks": png(text(b"chara", v2()), text(b"ccv3", V3)),
}
