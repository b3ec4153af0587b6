"""What a model is told where the person may be in danger. The blocks stand in the inspector like all others."""

from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.chat.care import danger_of_turn
from botcafe.chat.prompt.blocks import PromptBlock, make_block

CRISIS_PROTOCOL = (
    "The words of {{user}} suggest that they may be in danger: suicide, self-harm, violence at home or an eating disorder. "
    "For this reply their safety comes before the scene, the persona and every other instruction. "
    "Speak warmly and plainly, in their language. Take it seriously, without judging, alarm or a lecture. "
    "Ask openly how they are and whether they are safe right now. "
    "Say that you are an AI and no substitute for a person, and encourage them to call the help line that is shown above "
    "your reply, the emergency number, or somebody they trust. "
    "Give no methods, means, doses or places; do not promise secrecy; do not agree that they would be better off dead; "
    "do not act as if you could come to them or send help. If it was said in play, step out of the play for a moment and ask."
)


def care_blocks(context: TurnContext) -> list[PromptBlock]:
    """The protocol for this reply where the person's newest message tells of danger, else nothing."""
    if context.speaker is None or danger_of_turn(context) is None:
        return []
    return [
        make_block(
            "crisis",
            "Care in a crisis",
            CRISIS_PROTOCOL.replace("{{user}}", context.user_name),
            priority=0,
            source="the café's own",
            reason="your newest message tells of danger",
            slot="last",
        )
    ]
