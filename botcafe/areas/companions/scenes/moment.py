"""Where a scene stands in a chat, read from the messages of its branch."""

from botcafe.areas.companions.collections.message import Message
from botcafe.areas.companions.turns.prompt_messages import PromptMessage
from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.llm.scene import Scene, SceneMoment, choose_reply, choose_visitor_line

# Nobody turns down more replies in one place than a scene has.
MAX_REJECTED = 100


def write_scene_reply(scene: Scene, context: TurnContext) -> str:
    """The text that the scene has for this turn: of the bot, or (where the user's line is asked for) of the user."""
    if context.speaker is None:
        said = [message.text for message in context.history if message.bot_id is None]
        return choose_visitor_line(scene, [*said, *_rejected_texts(context, None)]).text
    text = choose_reply(scene, _read_moment(context, context.speaker.pk)).text
    return f"\n\n{text}" if context.existing_text else text


def _read_moment(context: TurnContext, bot_id: int) -> SceneMoment:
    own = [message.text for message in context.history if message.bot_id == bot_id]
    if context.existing_text:
        own.append(context.existing_text)
        said = ""
    else:
        said = _unanswered_words(context.history, bot_id)
    return SceneMoment(said, own, _rejected_texts(context, bot_id), _find_opening(context, own))


def _unanswered_words(history: list[PromptMessage], bot_id: int) -> str:
    """What the user wrote since the bot spoke last; empty where the bot goes on by itself."""
    words: list[str] = []
    for message in reversed(history):
        if message.bot_id == bot_id:
            break
        if message.bot_id is None:
            words.append(message.text)
    return "\n".join(reversed(words))


def _find_opening(context: TurnContext, own: list[str]) -> int | None:
    greetings = [context.bot.greeting, *(context.bot.alternate_greetings or [])]
    first = own[0].strip() if own else ""
    return next((number for number, each in enumerate(greetings) if first and (each or "").strip() == first), None)


def _rejected_texts(context: TurnContext, bot_id: int | None) -> list[str]:
    """The other replies that stand in the same place, removed ones too: the swipes so far."""
    if not context.message_id or context.existing_text:
        return []
    beside = Message.objects.filter(conversation=context.conversation_id, parent=context.leaf_id, bot=bot_id)
    texts = beside.exclude(pk=context.message_id).order_by("pk").values_list("entry", flat=True)
    return [text or "" for text in texts[:MAX_REJECTED]]
