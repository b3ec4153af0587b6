"""The chat list: filtering, unread state, tags and snippets."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from django.db.models import Case, IntegerField, Q, QuerySet, When
from django.db.models.functions import Substr

from botcafe.areas.accounts.shown_files import is_shown
from botcafe.areas.companions.chats.unknown_bots import UNKNOWN_NAME, NamedBot, unknown_bots
from botcafe.areas.companions.collections.bot import Bot
from botcafe.areas.companions.collections.conversation import CONVERSATIONS, Conversation, ConversationParticipation
from botcafe.areas.creators.shares import shared_with
from botcafe.cms.schema.actor import Actor

PAGE_SIZE = 40
WATCHED_CHATS = 100
MAX_TAGS_LISTED = 20
MAX_NAMES = 3
VIEWS = ("active", "archived", "deleted", "shared", "all")
COLUMNS = (
    "pk",
    "title",
    "status",
    "is_temporary",
    "conversation_metadata_tags",
    "modified_timestamp",
    "created_at",
    "deleted_at",
    "folder",
    "user_id",
)
STATE_COLUMNS = ("seen_message", "active_leaf_id", "active_leaf__bot_id", "active_leaf__parent_id")


class ListedBot(NamedTuple):
    """A participant as lists show it."""

    id: int
    name: str
    picture_url: str | None


@dataclass(frozen=True, slots=True)
class ChatListItem:
    """A chat in the list. ``bot_id`` and ``picture_url`` are those of its first participant; ``bots`` are all of them."""

    id: int
    title: str
    bot_id: int | None
    bot_name: str
    picture_url: str | None
    last_activity: str
    snippet: str
    is_pinned: bool = False
    is_muted: bool = False
    is_archived: bool = False
    is_unread: bool = False
    is_temporary: bool = False
    tags: list[str] = field(default_factory=list)
    deleted_at: str | None = None
    bots: tuple[ListedBot, ...] = ()
    folder: str = ""


def list_chats(
    actor: Actor,
    view: str = "active",
    text: str = "",
    tag: str = "",
    bot: Bot | None = None,
    limit: int = PAGE_SIZE,
    folder: str = "",
) -> list[ChatListItem]:
    """The actor's own chats, or those shared with them; pinned first, then most recently used. Two queries."""
    rows = _chats_in_view(actor, view)
    if bot is not None:
        rows = rows.filter(participation__bot=bot)
    for word in text.split()[:8]:
        rows = rows.filter(Q(title__icontains=word) | Q(conversation_metadata_tags__icontains=word))
    if tag:
        rows = rows.filter(conversation_metadata_tags__icontains=tag)
    if folder:
        # It is its owner's own: a chat of others is in none.
        rows = rows.filter(folder=folder, user=actor.id)
    rows = rows.annotate(
        is_first=Case(When(status="pinned", then=0), default=1, output_field=IntegerField()),
        # A message may have 100,000 characters: the database cuts it before it is sent over.
        said=Substr("active_leaf__entry", 1, 400),
    )
    order = ("-deleted_at",) if view == "deleted" else ("is_first", "-modified_timestamp")
    found = list(rows.order_by(*order, "-id").values(*COLUMNS, *STATE_COLUMNS, "said")[:limit])
    bots_of_chats = _load_participants([row["pk"] for row in found])
    return [_list_item(row, bots_of_chats[row["pk"]], actor) for row in found]


def _chats_in_view(actor: Actor, view: str) -> QuerySet[Conversation]:
    is_shared = view == "shared"
    whose = Q(pk__in=shared_with(actor, "conversation")) & ~Q(user=actor.id) if is_shared else Q(user=actor.id)
    rows = CONVERSATIONS.visible_to(actor).filter(whose, deleted_at__isnull=view != "deleted")
    if view in {"active", "archived"}:
        rows = rows.filter(status="archived") if view == "archived" else rows.exclude(status="archived")
    return rows


def _load_participants(chats: list[int]) -> dict[int, list[ListedBot]]:
    """The bots of each chat, in order of participation."""
    kept: dict[int, list[ListedBot]] = defaultdict(list)
    rows = ConversationParticipation.objects.filter(parent__in=chats, bot__isnull=False).order_by("position")
    columns = ("parent_id", "bot_id", "bot__name", "bot__is_public", "bot__user_id", "parent__user_id")
    picture = ("bot__picture_id", "bot__picture__user_id", "bot__picture__thumbnail_url", "bot__picture__url")
    found = list(rows.values_list(*columns, *picture))
    unknown = unknown_bots(
        NamedBot(chat, bot, mine, theirs, bool(is_public)) for chat, bot, _, is_public, theirs, mine, *_ in found
    )
    for chat, bot, name, _, theirs, _, file, file_owner, small, url in found:
        if (chat, bot) in unknown:
            kept[chat].append(ListedBot(bot, UNKNOWN_NAME, None))
        else:
            kept[chat].append(
                ListedBot(bot, name, (small or url) if file and is_shown(theirs, file, file_owner) else None)
            )
    return kept


def _list_item(row: dict[str, Any], bots: list[ListedBot], actor: Actor) -> ChatListItem:
    names = name_group([bot.name for bot in bots]) or "A chat"
    return ChatListItem(
        id=row["pk"],
        title=row["title"] or names,
        bot_id=bots[0].id if bots else None,
        bot_name=names,
        picture_url=bots[0].picture_url if bots else None,
        last_activity=row["modified_timestamp"] or row["created_at"],
        snippet=_plain_snippet(row["said"] or ""),
        is_pinned=row["status"] == "pinned",
        is_muted=row["status"] == "muted",
        is_archived=row["status"] == "archived",
        is_unread=_is_unread(row),
        is_temporary=bool(row["is_temporary"]),
        tags=[str(tag) for tag in row["conversation_metadata_tags"] or []],
        deleted_at=row["deleted_at"],
        bots=tuple(bots),
        folder=(row["folder"] or "") if row["user_id"] == actor.id else "",
    )


def name_group(names: list[str]) -> str:
    """The names of a chat's bots; of more than three the first two, and how many others there are."""
    if len(names) <= MAX_NAMES:
        return ", ".join(names)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"


def _is_unread(row: dict[str, Any]) -> bool:
    """Whether the chat ends in a bot's reply that the user has not seen; muted chats are never unread."""
    # A message of a bot without a parent is the greeting, which nobody has waited for.
    is_reply = row["active_leaf__bot_id"] and row["active_leaf__parent_id"]
    return bool(row["status"] != "muted" and is_reply and row["active_leaf_id"] != row["seen_message"])


def _plain_snippet(text: str) -> str:
    """The first 120 characters of a message without Markdown marks."""
    return " ".join(text.replace("*", "").replace("`", "").replace("#", "").split())[:120]


def list_tags(actor: Actor, view: str = "active") -> list[str]:
    """The tags of the most recently used chats, sorted by name. One query."""
    rows = _chats_in_view(actor, view).filter(conversation_metadata_tags__isnull=False)
    found: Iterable[Any] = rows.order_by("-modified_timestamp").values_list("conversation_metadata_tags", flat=True)
    words = dict.fromkeys(str(tag) for tag in chain.from_iterable(tags or [] for tags in found))
    return sorted(list(words)[:MAX_TAGS_LISTED], key=str.lower)


class ChatState(NamedTuple):
    """What clients watch of a chat: a new reply, another branch, or that it was read elsewhere."""

    id: int
    leaf_id: int | None
    changed_at: str
    is_unread: bool


def list_chat_states(actor: Actor) -> list[ChatState]:
    """The states of the most recently used chats, for clients that watch all of them."""
    rows = CONVERSATIONS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True)
    newest = rows.order_by("-modified_timestamp", "-id").values("pk", "status", "modified_timestamp", *STATE_COLUMNS)[
        :WATCHED_CHATS
    ]
    return [
        ChatState(row["pk"], row["active_leaf_id"], row["modified_timestamp"] or "", _is_unread(row)) for row in newest
    ]
