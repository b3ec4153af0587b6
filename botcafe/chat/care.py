"""What is done for the person in a chat beside the reply: notices before it, and what the model is told for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botcafe.areas.companions.turns.turn_context import TurnContext
from botcafe.areas.wellbeing.crisis.detection import Danger, find_danger
from botcafe.areas.wellbeing.crisis_notice import crisis_notice
from botcafe.areas.wellbeing.notices import Notice
from botcafe.areas.wellbeing.reader import load_reader
from botcafe.areas.wellbeing.rules.told import rule_notices
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, NotFound


def notices_for(actor: Actor, text: str, *, is_start: bool = False, is_repeat: bool = False) -> tuple[Notice, ...]:
    """The notices for somebody who has just written a text: help in a crisis first, then what the law of a place asks for.

    ``is_start``: the text opens a chat. ``is_repeat``: the same request was answered before, so nothing is counted.
    Called in a thread, with one query where nothing is due.
    """
    reader, danger = load_reader(actor), find_danger(text)
    found = (crisis_notice(reader, danger, is_counted=not is_repeat),) if danger is not None else ()
    return found if is_repeat else (*found, *rule_notices(actor, reader, is_start=is_start))


@contextmanager
def help_beside_refusal(actor: Actor, text: object) -> Iterator[None]:
    """Whoever writes that they are in danger is shown help even where the turn itself is refused, for whatever reason."""
    try:
        yield
    except ApiError as refusal:
        danger = find_danger(text) if isinstance(text, str) else None
        if danger is not None:
            refusal.notices = (crisis_notice(load_reader(actor), danger, is_counted=not isinstance(refusal, NotFound)),)
        raise


def danger_of_turn(context: TurnContext) -> Danger | None:
    """The danger in the person's newest message, found anew by each process that writes a reply: it is stored nowhere."""
    newest = next((line for line in reversed(context.history) if line.bot_id is None), None)
    return find_danger(newest.text) if newest is not None else None
