"""Builds what the model is sent: typed blocks, packed by priority into the window less the reply."""

from dataclasses import asdict, dataclass
from typing import Any

from botcafe.areas.companions.macros import fill
from botcafe.areas.companions.queries import TurnMaterial
from botcafe.llm.protocol import ChatMessage
from botcafe.llm.tokens import estimate_tokens

WINDOW_TOKENS = 8192
REPLY_TOKENS = 1024
MAIN = (
    "You play {{char}} in a conversation with {{user}}. Stay in character, keep to what {{char}} can know, "
    "and write only {{char}}'s next reply: {{user}}'s words and deeds are not yours to tell."
)


@dataclass(frozen=True, slots=True)
class Block:
    """One part of the prompt. ``priority`` 0 is never left out; higher numbers go first when space is short."""

    id: str
    title: str
    role: str
    text: str
    tokens: int
    priority: int
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Packed:
    """What is sent, and what was left out with the reason."""

    blocks: list[Block]
    messages: list[ChatMessage]
    tokens: int

    def as_json(self) -> list[dict[str, Any]]:
        """The blocks, for the inspector."""
        return [asdict(block) for block in self.blocks]


def build(material: TurnMaterial, *, window: int = WINDOW_TOKENS, reply: int = REPLY_TOKENS) -> Packed:
    """All blocks of a reply, packed. Tokens are estimates."""
    return pack([*_definition(material), *_history(material)], window - reply)


def _block(number: str, title: str, role: str, text: str, priority: int, source: str, reason: str) -> Block:
    return Block(number, title, role, text, estimate_tokens(text) + 4, priority, source, reason)


def _definition(material: TurnMaterial) -> list[Block]:
    bot = material.bot
    main = MAIN if not bot.instructions else bot.instructions
    examples = "\n\n".join(str(e) for e in bot.speech_examples or [])
    parts = [
        ("main", "Instructions", main, 0, "the bot's own" if bot.instructions else "the café's own"),
        ("definition", "Who the bot is", bot.system_prompt, 0, "the bot's definition"),
        ("personality", "Personality", bot.personality, 1, "the bot's definition"),
        ("scenario", "Scene", bot.scenario, 1, "the bot's definition"),
        ("examples", "Examples of speech", examples, 3, "the bot's definition"),
    ]
    found = []
    for name, title, text, priority, source in parts:
        if text:
            filled = fill(text, bot=bot.name, user=material.user_name, original=MAIN)
            found.append(_block(name, title, "system", filled, priority, source, "part of every reply of this bot"))
    return found


def _history(material: TurnMaterial) -> list[Block]:
    bot = material.bot
    blocks = []
    count = len(material.history)
    for i, message in enumerate(material.history):
        role = "assistant" if message.bot_id else "user"
        title = message.bot.name if message.bot else material.user_name
        age = count - i
        text = fill(message.entry, bot=bot.name, user=material.user_name)
        reason = (
            "the newest message"
            if age == 1
            else "the message before it"
            if age == 2
            else f"{age - 1} messages before it"
        )
        priority = 0 if age <= 2 else 10 + age
        if text:
            blocks.append(_block(f"message:{message.pk}", title, role, text, priority, "this chat", reason))
    if bot.post_history_instructions:
        text = fill(bot.post_history_instructions, bot=bot.name, user=material.user_name)
        blocks.append(_block("post", "After the history", "system", text, 1, "the bot's definition", "sent last"))
    return blocks


def pack(blocks: list[Block], budget: int) -> Packed:
    """Keep blocks by priority while they fit, in their own order; an older message never outlives a newer one."""
    kept: set[str] = set()
    used, closed = 0, False
    for block in sorted(blocks, key=lambda b: b.priority):
        if block.priority and (closed or used + block.tokens > budget):
            closed = closed or block.priority >= 10
            continue
        kept.add(block.id)
        used += block.tokens
    sent = [b for b in blocks if b.id in kept]
    messages = [ChatMessage(role=b.role, content=b.text) for b in _joined(sent)]
    shown = [b if b.id in kept else _left_out(b, budget) for b in blocks]
    return Packed(shown, messages, used)


def _left_out(block: Block, budget: int) -> Block:
    reason = f"left out: the window of {budget:,} tokens was full"
    return Block(block.id, block.title, block.role, "", block.tokens, block.priority, block.source, reason)


def _joined(blocks: list[Block]) -> list[Block]:
    """System blocks at the start become one message, as providers like it."""
    head: list[Block] = []
    rest = list(blocks)
    while rest and rest[0].role == "system":
        head.append(rest.pop(0))
    if not head:
        return rest
    text = "\n\n".join(b.text for b in head)
    return [_block("system", "Instructions", "system", text, 0, "", ""), *rest]
