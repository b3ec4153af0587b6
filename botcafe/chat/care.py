"""What is done for the person in a chat beside the reply: notices before it, and what the model is told for it."""

from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.areas.wellbeing.crisis.detection import Danger, find_danger
from botcafe.areas.wellbeing.crisis_notice import crisis_notice
from botcafe.areas.wellbeing.notices import Notice
from botcafe.areas.wellbeing.reader import load_reader
from botcafe.cms.schema.actor import Actor


def notices_for(actor: Actor, text: str, *, is_counted: bool = True) -> tuple[Notice, ...]:
    """The notices for somebody who has just written a text. Called in a thread; reads the account only where one is due."""
    danger = find_danger(text)
    if danger is None:
        return ()
    return (crisis_notice(load_reader(actor), danger, is_counted=is_counted),)


def danger_of_turn(context: TurnContext) -> Danger | None:
    """The danger in the person's newest message, found anew by each process that writes a reply: it is stored nowhere."""
    newest = next((line for line in reversed(context.history) if line.bot_id is None), None)
    return find_danger(newest.text) if newest is not None else None
