"""A character card, independent of its version and container (Character Card V1, V2 and V3)."""

from dataclasses import dataclass, field
from typing import Literal

from botcafe.formats.lore.model import Lorebook
from botcafe.kit.json_types import JsonObject

Spec = Literal["v1", "v2", "v3"]
Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class DepthPrompt:
    """The character's note: `prompt` is inserted `depth` messages before the end of the chat, as `role`."""

    prompt: str
    depth: int
    role: Role


@dataclass(frozen=True, slots=True)
class CardAsset:
    """A V3 asset.

    `type` is free text such as "icon" or "emotion". `uri` is untrusted; it may name a file of the archive, and is never
    fetched.
    """

    type: str
    uri: str
    name: str
    ext: str


@dataclass(frozen=True, slots=True)
class CharacterCard:
    """A character card.

    Absent texts are "", absent lists are (). `raw` is the original JSON with every unknown key; Agnai and Backyard
    characters are converted to V2 there, with what V2 lacks under `extensions`. `warnings` are sentences for people about
    skips and repairs.

    `picture` is the PNG without its card chunks, the main icon of an archive (else the picture before it), or the whole
    WebP file; None where the card has none. `files` are the members of a CHARX except `card.json`, by path.

    `source` are V3's ids or addresses of where the card came from. `talkativeness` is 0 to 1, None = not set. Dates are
    Unix seconds UTC, None = unknown.
    """

    spec: Spec
    name: str
    nickname: str
    description: str
    personality: str
    scenario: str
    first_mes: str
    mes_example: str
    creator_notes: str
    system_prompt: str
    post_history_instructions: str
    alternate_greetings: tuple[str, ...]
    group_only_greetings: tuple[str, ...]
    tags: tuple[str, ...]
    creator: str
    character_version: str
    depth_prompt: DepthPrompt | None
    talkativeness: float | None
    book: Lorebook | None
    raw: JsonObject
    warnings: tuple[str, ...]
    picture: bytes | None
    creator_notes_multilingual: dict[str, str]
    source: tuple[str, ...]
    assets: tuple[CardAsset, ...]
    created_at: int | None
    modified_at: int | None
    extensions: JsonObject
    files: dict[str, bytes] = field(default_factory=dict)
