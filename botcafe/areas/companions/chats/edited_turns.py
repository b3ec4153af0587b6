"""Edit a message and have it answered, in one transaction."""

from django.db import transaction

from botcafe.areas.companions.chats import tree
from botcafe.areas.companions.chats.turn_request import TurnRequest
from botcafe.areas.companions.chats.turns import StartedTurn, commit_turn
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
