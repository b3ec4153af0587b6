"""Folders of the chat list: a chat is in one or in none, and a folder is there as long as a chat is in it."""

from django.db.models import QuerySet

from botcafe.areas.companions.collections.conversation import CONVERSATIONS, Conversation
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import BadRequest, NotFound

MAX_FOLDER_CHARACTERS = 60
MAX_FOLDERS_LISTED = 100


def read_folder_name(value: object) -> str | None:
    """The name of a folder in one line; None for no folder. Raises BadRequest for one that is too long or no text."""
    if value is not None and not isinstance(value, str):
        raise BadRequest("folder must be a name, or null for none.")
    name = " ".join((value or "").split())
    if len(name) > MAX_FOLDER_CHARACTERS:
        raise BadRequest(f"The name of a folder has at most {MAX_FOLDER_CHARACTERS} characters; this has {len(name)}.")
    if "\x00" in name:
        raise BadRequest("folder has a control character, which no name may hold.")
    return name or None


def list_folders(actor: Actor) -> list[str]:
    """The names of the actor's folders, sorted. One query."""
    rows = _own_chats(actor).filter(folder__isnull=False, deleted_at__isnull=True)
    names = rows.order_by("folder").values_list("folder", flat=True).distinct()[:MAX_FOLDERS_LISTED]
    return sorted((name for name in names if name), key=str.lower)


def rename_folder(actor: Actor, name: str, new_name: object) -> str:
    """Give a folder another name, with all chats in it, deleted ones too; one of that name takes them in.

    Returns the new name. Raises NotFound and BadRequest.
    """
    wanted = read_folder_name(new_name)
    if wanted is None:
        raise BadRequest("Give the folder a name of at least one character.")
    _find_chats_in(actor, name).update(folder=wanted)
    return wanted


def remove_folder(actor: Actor, name: str) -> None:
    """Take all chats out of a folder; they stay in the list. Raises NotFound."""
    _find_chats_in(actor, name).update(folder=None)


def _own_chats(actor: Actor) -> QuerySet[Conversation]:
    return CONVERSATIONS.visible_to(actor, "update").filter(user=actor.id)


def _find_chats_in(actor: Actor, name: str) -> QuerySet[Conversation]:
    rows = _own_chats(actor).filter(folder=name)
    if not name or not rows.exists():
        raise NotFound("There is no such folder any more.")
    return rows
