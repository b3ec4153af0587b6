"""Messages of a branch as the model is to read them."""

from dataclasses import dataclass, field

from botcafe.areas.companions.messages import tree_sql
from botcafe.areas.creators.people import account_names
from botcafe.cms.schema.actor import Actor

# Pictures cost tokens and time: only those of the newest messages are sent.
MESSAGES_WITH_PICTURES = 8


@dataclass(frozen=True, slots=True)
class PromptPicture:
    """A picture in a message: the key of its bytes in storage, and its MIME type."""

    storage_key: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """A message with the name of its speaker. ``bot_id`` is None for the user; ``quotes`` is the id of a message."""

    id: int
    bot_id: int | None
    name: str
    text: str
    created_at: str
    pictures: tuple[PromptPicture, ...] = ()
    quotes: int | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """The newest messages of a branch, oldest first, and whether there are more before them."""

    messages: list[PromptMessage] = field(default_factory=list)
    is_longer: bool = False


@dataclass(frozen=True, slots=True)
class ChatOwner:
    """The account that a chat belongs to, with the name under which it writes without a persona."""

    id: int
    name: str


def load_prompt_messages(
    conversation_id: int, leaf_id: int | None, bot_names: dict[int, str], owner: ChatOwner, limit: int
) -> HistoryPage:
    """The last ``limit`` messages of the branch that ends in a leaf, each under the name of whoever said it."""
    if leaf_id is None:
        return HistoryPage()
    rows = [
        row for row in tree_sql.load_prompt_rows(conversation_id, leaf_id, limit + 1) if row.message_type != "system"
    ]
    shown = rows[-limit:]
    pictures = _load_pictures([row.id for row in shown[-MESSAGES_WITH_PICTURES:]])
    guests = {row.user_id for row in shown if not row.bot_id} - {owner.id}
    # In nearly every chat nobody but its owner writes, and nothing is looked up.
    names = {**(account_names(Actor("user", owner.id), guests) if guests else {}), owner.id: owner.name}
    messages = []
    for row in shown:
        if not row.entry and row.id not in pictures:
            continue
        bot_name = bot_names.get(row.bot_id or 0) or row.bot_name or "Somebody"
        name = bot_name if row.bot_id else row.persona_name or names[row.user_id]
        messages.append(
            PromptMessage(
                row.id, row.bot_id, name, row.entry or "", row.created_at, pictures.get(row.id, ()), row.reply_to_id
            )
        )
    return HistoryPage(messages, len(rows) > limit)


def _load_pictures(message_ids: list[int]) -> dict[int, tuple[PromptPicture, ...]]:
    pictures: dict[int, tuple[PromptPicture, ...]] = {}
    for file in tree_sql.load_files(message_ids):
        if file.mime_type.startswith("image/"):
            picture = PromptPicture(file.storage_key, file.mime_type)
            pictures[file.message_id] = (*pictures.get(file.message_id, ()), picture)
    return pictures
