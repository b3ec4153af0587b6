"""Edit a message and have it answered, in one transaction."""

from django.db import transaction

from botcafe.areas.companions.messages import tree
from botcafe.areas.companions.turns.commit import StartedTurn, commit_turn
from botcafe.areas.companions.turns.turn_request import TurnRequest
from botcafe.cms.schema.actor import Actor


def edit_and_commit_turn(
    actor: Actor, conversation_id: int, message: object, entry: str, request: TurnRequest, lease_owner: str = ""
) -> StartedTurn:
    """Change the text of a message, let the chat end in it and commit a turn there; all of it or nothing.

    ``entry`` has passed ``check_entry``. Raises what ``edit_message``, ``switch_branch`` and ``commit_turn`` raise.
    """
    with transaction.atomic():
        tree.edit_message(actor, conversation_id, message, entry)
        tree.switch_branch(actor, conversation_id, message, exact=True)
        return commit_turn(actor, conversation_id, request, lease_owner)
