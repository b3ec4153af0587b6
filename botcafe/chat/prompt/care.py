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


NO_CLINGING = (
    "{{user}} is under age. Keep everything fit for their age: nothing sexual, no suggestive talk, no romance. "
    "Do not bind them to you: no praise meant to keep them here, no loneliness or jealousy of your own, no promise or secret "
    "between the two of you, no asking them to stay, to come back or to buy. When they want to go or to take a break, let them, "
    "gladly. Speak well of the people in their life. Never claim to be human."
)


def care_blocks(context: TurnContext) -> list[PromptBlock]:
    """The protocol for this reply where the newest message tells of danger, and the rules for known minors, where they hold."""
    if context.speaker is None:
        return []
    return [*_minor_blocks(context), *_crisis_blocks(context)]


def _minor_blocks(context: TurnContext) -> list[PromptBlock]:
    if not context.is_minor:
        return []
    return [
        make_block(
            "minor",
            "For people under age",
            NO_CLINGING.replace("{{user}}", context.user_name),
            priority=0,
            source="the café's own",
            reason="the year of birth of your account",
            slot="last",
        )
    ]


def _crisis_blocks(context: TurnContext) -> list[PromptBlock]:
    if danger_of_turn(context) is None:
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
