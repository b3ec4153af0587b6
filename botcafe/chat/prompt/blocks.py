"""Prompt blocks, and packing them by priority into the context window."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import attrgetter

from botcafe.areas.knowledge.lore.activation_log import StoredActivation
from botcafe.kit.json_types import JsonObject
from botcafe.llm.protocol import ChatMessage, ImagePart
from botcafe.llm.tokens import estimate_tokens

# What chat formats put around each message.
FRAME_TOKENS = 4
# Providers count 85 to 1,600 tokens for a picture, by its size.
PICTURE_TOKENS = 800
# Priorities from here on are the history: an older message is never kept where a newer one is left out.
HISTORY_PRIORITY = 10

# The slots of a prompt, in their order. Blocks with a ``depth`` go into the history, that many messages from its end.
SLOTS = (
    "main",
    "before_definition",
    "definition",
    "after_definition",
    "memories",
    "before_examples",
    "examples",
    "after_examples",
    "history",
    "last",
)
_SLOT_ORDER = {slot: number for number, slot in enumerate(SLOTS)}


@dataclass(slots=True)
class PromptBlock:
    """One block of the prompt.

    ``priority`` 0 is never left out; higher numbers are dropped first when space is short. ``slot`` is its place,
    ``depth`` (messages from the end) places it within the history. ``source`` says where it is from, ``reason`` why it
    is in or out. A closed block is sent to the model, but its text is hidden from the user.
    """

    id: str
    title: str
    role: str
    text: str
    tokens: int
    priority: int
    source: str
    reason: str
    slot: str = "definition"
    depth: int | None = None
    is_closed: bool = False
    included: bool = True
    images: tuple[ImagePart, ...] = ()


def make_block(
    number: str,
    title: str,
    text: str,
    *,
    role: str = "system",
    priority: int = 1,
    source: str = "",
    reason: str = "",
    slot: str = "definition",
    depth: int | None = None,
    is_closed: bool = False,
    images: tuple[ImagePart, ...] = (),
    ratio: float = 1.0,
) -> PromptBlock:
    """A block with its tokens estimated; ``ratio`` corrects the estimate for the model's tokenizer."""
    tokens = int(estimate_tokens(text) * ratio) + FRAME_TOKENS + PICTURE_TOKENS * len(images)
    return PromptBlock(
        number, title, role, text, tokens, priority, source, reason, slot, depth, is_closed, True, images
    )


@dataclass(frozen=True, slots=True)
class PackedPrompt:
    """What is sent, and what was left out with the reason. Tokens are estimates.

    ``activation`` is the record of why lore and memories are in or out, None where none counted.
    """

    blocks: list[PromptBlock]
    messages: list[ChatMessage]
    tokens: int
    budget: int
    activation: StoredActivation | None = None

    def as_json(self) -> list[JsonObject]:
        """The blocks for the prompt inspector, in the order of the prompt; closed ones without their text."""
        return [_block_json(each) for each in self.blocks]

    def as_stored_json(self) -> list[JsonObject]:
        """The same for storage: messages of the chat by their id alone, as their text is stored already."""
        return [
            _reference_json(each) if each.slot == "history" and each.depth is None else _block_json(each)
            for each in self.blocks
        ]


def _reference_json(each: PromptBlock) -> JsonObject:
    referred: JsonObject = {"id": each.id, "role": each.role, "tokens": each.tokens, "included": each.included}
    return {**referred, "named": True} if each.text.startswith(f"{each.title}: ") else referred


def _block_json(each: PromptBlock) -> JsonObject:
    shown: JsonObject = {name: getattr(each, name) for name in _JSON_FIELDS}
    if each.images:
        shown["pictures"] = len(each.images)
    if each.is_closed:
        shown["text"], shown["reason"] = "", f"{each.reason}; its creator keeps the words closed"
    return shown


_JSON_FIELDS = (
    "id",
    "title",
    "role",
    "text",
    "tokens",
    "priority",
    "source",
    "reason",
    "slot",
    "depth",
    "is_closed",
    "included",
)


def pack_blocks(blocks: Iterable[PromptBlock], budget: int) -> PackedPrompt:
    """Keep blocks by priority while they fit into a budget of tokens, and order them by their slots."""
    ordered = order_blocks(list(blocks))
    kept: set[str] = set()
    used, is_history_full = 0, False
    for each in sorted(ordered, key=attrgetter("priority")):
        is_history = each.priority >= HISTORY_PRIORITY
        if each.priority and ((is_history_full and is_history) or used + each.tokens > budget):
            # One message that does not fit ends the history: a gap in it would confuse the model.
            is_history_full = is_history_full or is_history
            continue
        kept.add(each.id)
        used += each.tokens
    sent = [each for each in ordered if each.id in kept]
    reason = f"left out: the window of {budget:,} tokens was full"
    shown = [each if each.id in kept else _exclude_block(each, reason) for each in ordered]
    return PackedPrompt(shown, [_chat_message(each) for each in _join_leading_system_blocks(sent)], used, budget)


def order_blocks(blocks: list[PromptBlock]) -> list[PromptBlock]:
    """Blocks in the order of the prompt: by slot, those with a depth within the history."""
    plain = sorted((b for b in blocks if b.depth is None), key=lambda b: _SLOT_ORDER[b.slot])
    deep = [b for b in blocks if b.depth is not None]
    if not deep:
        return plain
    places = [i for i, b in enumerate(plain) if b.slot == "history"]
    end = places[-1] + 1 if places else next((i for i, b in enumerate(plain) if b.slot == "last"), len(plain))
    start = places[0] if places else end
    spliced: dict[int, list[PromptBlock]] = {}
    for each in sorted(deep, key=lambda b: ("system", "user", "assistant").index(b.role)):
        spliced.setdefault(max(start, end - int(each.depth or 0)), []).append(each)
    made: list[PromptBlock] = []
    for i in range(len(plain) + 1):
        made += spliced.get(i, [])
        made += plain[i : i + 1]
    return made


def _exclude_block(excluded: PromptBlock, reason: str) -> PromptBlock:
    return replace(excluded, text="", reason=reason, included=False, images=())


def _join_leading_system_blocks(blocks: list[PromptBlock]) -> list[PromptBlock]:
    """Join the system blocks at the start: several providers take one system message only."""
    head: list[PromptBlock] = []
    rest = list(blocks)
    while rest and rest[0].role == "system":
        head.append(rest.pop(0))
    if not head:
        return rest
    return [replace(head[0], text="\n\n".join(each.text for each in head)), *rest]


def _chat_message(each: PromptBlock) -> ChatMessage:
    return ChatMessage(role=each.role, content=each.text, images=each.images)
