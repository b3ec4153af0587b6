"""Chats as the pages show them: rows of the areas made into what the templates expect."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext

from botcafe.areas.accounts.shown_files import shown_url
from botcafe.areas.companions.chats import listing
from botcafe.areas.companions.chats.folders import MAX_FOLDER_CHARACTERS, list_folders
from botcafe.areas.companions.messages import thread, tree
from botcafe.areas.companions.messages.trash import days_left
from botcafe.areas.companions.turns.model_choice import SCENE
from botcafe.cms.schema.actor import Actor
from botcafe.kit.markdown import render as markdown
from botcafe.web.chats.periods import PINNED, period_of
from botcafe.web.chats.reply_ends import ReplyEnd, reply_end_of
from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.presenters import first_words, format_money, parse_instant

if TYPE_CHECKING:
    from botcafe.areas.accounts.collections.media import Media
    from botcafe.areas.companions.collections.generation import Generation
    from botcafe.areas.companions.collections.message import Message
    from botcafe.areas.companions.collections.persona import Persona

EMOJIS = ("👍", "❤️", "😂", "😮", "😢", "🔥")
MORE_CHATS = 100
# The list is painted whole: beyond this many lines, search and tags find a chat faster than reading does.
MAX_LISTED_CHATS = 2000


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A chat in a list; ``status`` is pinned, muted, archived or active.

    ``faces`` are the first bots of a group, at most three, and ``group`` its names; both are empty with one bot.
    """

    id: int
    title: str
    url: str
    status: str
    bot_id: int | None
    bot_name: str
    picture_url: str | None
    last_activity: dt.datetime | None
    snippet: str
    is_pinned: bool
    is_muted: bool
    is_unread: bool
    is_temporary: bool
    tags: list[str]
    days_left: int | None
    faces: tuple[listing.ListedBot, ...]
    group: str
    folder: str
    period: str = ""


@dataclass(frozen=True, slots=True)
class ChatListPage:
    """The list of chats: its rows, the query of a longer list, and how it is narrowed."""

    conversations: list[ChatRow]
    more: str
    q: str
    view: str
    tag: str
    tags: list[str]
    folder: str
    folders: list[str]


@dataclass(frozen=True, slots=True)
class QuotedMessage:
    """The message that another answers."""

    id: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class MessagePicture:
    """A picture of a message; ``shown_url`` is what the page shows of it, ``url`` the picture itself."""

    url: str
    alt: str
    shown_url: str


def _message_picture(file: "Media") -> MessagePicture:
    # Of an animation a small copy would be its first picture alone.
    small = file.thumbnail_url if file.mime_type != "image/gif" else None
    return MessagePicture(file.url, file.alt or "", (small or file.url).replace("?size=320&", "?size=640&"))


@dataclass(frozen=True, slots=True)
class ReactionCount:
    """How many gave an emoji to a message."""

    emoji: str
    count: int
    is_mine: bool


@dataclass(frozen=True, slots=True)
class FormerText:
    """What a message said before it was edited."""

    text: str
    edited_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class MessageVersions:
    """A message among its alternatives: its number from 1, and the ids beside it."""

    index: int
    total: int
    previous: int | None
    next: int | None
    is_greeting: bool


@dataclass(frozen=True, slots=True)
class OtherBranches:
    """Where the chat goes on from a message on other branches; ``is_end``: the shown branch ends in it."""

    count: int
    newest: int | None
    is_end: bool


@dataclass(frozen=True, slots=True)
class Author:
    """Who a message is from."""

    name: str
    picture_url: str | None
    bot_id: int | None


@dataclass(frozen=True, slots=True)
class TranscriptMessage:
    """A message of the transcript; ``html`` and ``reasoning_html`` are sanitised, ``role`` is system, bot or user.

    ``is_scripted`` marks a reply out of a written scene.
    """

    id: int
    role: str
    name: str
    picture_url: str | None
    bot_id: int | None
    html: str
    entry: str
    created_at: dt.datetime | None
    iso: str
    day: str
    clock: str
    state: str
    end: ReplyEnd
    generation_id: int | None
    reasoning_html: str
    cost: str
    is_greeting: bool
    is_scripted: bool
    alternatives: MessageVersions
    branches: OtherBranches
    pictures: list[MessagePicture]
    reply_to: QuotedMessage | None
    reactions: list[ReactionCount]
    edited_at: dt.datetime | None
    history: list[FormerText]


def chat_row(chat: listing.ChatListItem) -> ChatRow:
    """A chat as the lists show it."""
    status = "pinned" if chat.is_pinned else "muted" if chat.is_muted else "archived" if chat.is_archived else "active"
    is_group = len(chat.bots) > 1
    return ChatRow(
        id=chat.id,
        title=chat.title,
        url=page_url("chats:chat", chat.id),
        status=status,
        bot_id=chat.bot_id,
        bot_name=chat.bot_name,
        picture_url=chat.picture_url,
        last_activity=parse_instant(chat.last_activity),
        snippet=chat.snippet,
        is_pinned=chat.is_pinned,
        is_muted=chat.is_muted,
        is_unread=chat.is_unread,
        is_temporary=chat.is_temporary,
        tags=chat.tags,
        days_left=days_left(chat.deleted_at) if chat.deleted_at else None,
        faces=chat.bots[: listing.MAX_NAMES] if is_group else (),
        folder=chat.folder,
        group=chat.bot_name if is_group and chat.title != chat.bot_name else "",
    )


def chat_list_page(
    actor: Actor,
    view: str = "active",
    text: str = "",
    tag: str = "",
    shown: int = listing.PAGE_SIZE,
    folder: str = "",
) -> ChatListPage:
    """The actor's chats: at most ``shown`` of them, and how to ask for more."""
    view, text, shown = view if view in listing.VIEWS else "active", text[:200], min(max(shown, 1), MAX_LISTED_CHATS)
    # One more than is shown tells whether there are more, without counting them all.
    folder = folder[:MAX_FOLDER_CHARACTERS]
    chats = listing.list_chats(actor, view, text, tag[:50], limit=shown + 1, folder=folder)
    params = {
        "q": text,
        "view": view if view != "active" else "",
        "tag": tag,
        "folder": folder,
        "shown": shown + MORE_CHATS,
    }
    query = urlencode({name: value for name, value in params.items() if value})
    rows = [chat_row(each) for each in chats[:shown]]
    return ChatListPage(
        conversations=_with_periods(rows) if view == "active" else rows,
        more=query if len(chats) > shown and shown < MAX_LISTED_CHATS else "",
        q=text,
        view=view,
        tag=tag,
        folder=folder,
        folders=list_folders(actor),
        tags=sorted({*listing.list_tags(actor, view), *([tag] if tag else [])}, key=str.lower),
    )


def _with_periods(rows: list[ChatRow]) -> list[ChatRow]:
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    return [
        replace(row, period=str(PINNED) if row.is_pinned else period_of(row.last_activity, today, zone)) for row in rows
    ]


def transcript_messages(actor: Actor, window: thread.ThreadWindow) -> list[TranscriptMessage]:
    """The messages of a part of a chat."""
    end = window.shown[-1] if window.shown and window.newer is None else None
    return [_transcript_message(actor, shown, is_end=shown is end) for shown in window.shown]


def _transcript_message(actor: Actor, shown: thread.ThreadMessage, *, is_end: bool) -> TranscriptMessage:
    row, reply = shown.row, shown.reply
    state = reply.state if reply else "complete"
    created_at = parse_instant(row.created_at)
    local = timezone.localtime(created_at) if created_at else None
    author = author_of(actor, row)
    return TranscriptMessage(
        id=row.pk,
        role="system" if row.message_type == "system" else "bot" if row.bot_id else "user",
        name=author.name,
        picture_url=author.picture_url,
        bot_id=author.bot_id,
        html=markdown(row.entry or ""),
        entry=row.entry or "",
        created_at=created_at,
        iso=created_at.isoformat() if created_at else "",
        day=f"{local:%Y-%m-%d}" if local else "",
        clock=f"{local:%H:%M}" if local else "",
        state=state,
        end=reply_end_of(reply, row.entry or "", is_bot=bool(row.bot_id)),
        generation_id=reply.pk if reply else None,
        reasoning_html=markdown(shown.reasoning) if shown.reasoning else "",
        cost=format_reply_cost(reply),
        is_greeting=is_greeting(row),
        is_scripted=reply is not None and reply.model == SCENE and state == "complete",
        alternatives=_versions_of(shown),
        branches=OtherBranches(len(shown.ways), max(shown.ways, default=None), is_end),
        pictures=[_message_picture(each) for each in shown.pictures],
        reply_to=quoted_message(actor, row.message_thread_reply_to),
        reactions=_reactions_of(actor, row),
        edited_at=parse_instant(row.message_status_edited_at),
        history=_former_texts(row),
    )


def is_greeting(row: "Message") -> bool:
    """Whether it is the bot's own first message, whose alternatives are its other greetings."""
    return bool(row.bot_id and not row.parent_id and not row.message_attribution_is_ai_generated)


def author_of(actor: Actor, row: "Message") -> Author:
    """Who a message is from, with the picture."""
    picture = shown_url(row.bot.user_id, row.bot.picture) if row.bot else _own_picture(actor, row)
    return Author(_author_name(actor, row), picture, row.bot_id)


def _own_picture(actor: Actor, row: "Message") -> str | None:
    """Of the actor's own message: that of the persona that was worn, else of the account."""
    if row.user_id != actor.id:
        return None
    return picture_of_writer(actor, row.persona)


def picture_of_writer(actor: Actor, persona: "Persona | None") -> str | None:
    """The picture beside what somebody writes as a persona, or as themselves."""
    if persona is None:
        return actor.picture_url or None
    return shown_url(persona.user_id, persona.appearance_avatar)


def _author_name(actor: Actor, row: "Message") -> str:
    if row.bot_id:
        return str(row.bot.name)
    # In a shared chat the reader does not learn the owner's name or persona.
    if row.user_id != actor.id:
        return gettext("The owner")
    return str(row.persona.name) if row.persona_id else actor.name or gettext("You")


def _versions_of(shown: thread.ThreadMessage) -> MessageVersions:
    ids = shown.siblings
    at = ids.index(shown.row.pk)
    return MessageVersions(
        index=at + 1,
        total=len(ids),
        previous=ids[at - 1] if at else None,
        next=ids[at + 1] if at + 1 < len(ids) else None,
        is_greeting=is_greeting(shown.row),
    )


def _former_texts(row: "Message") -> list[FormerText]:
    # The column is open over REST, so that its list may hold anything.
    former = [each for each in row.message_status_edit_history or [] if isinstance(each, dict)]
    return [FormerText(each.get("previous_content", ""), parse_instant(each.get("edited_at"))) for each in former]


def _reactions_of(actor: Actor, row: "Message") -> list[ReactionCount]:
    if not row.message_content_reactions:
        return []
    found = tree.reactions_of(row, actor)
    return [ReactionCount(emoji, count, emoji in found.mine) for emoji, count in found.reactions.items()]


def quoted_message(actor: Actor, row: "Message | None") -> QuotedMessage | None:
    """The message that another answers, in a few words."""
    if row is None:
        return None
    return QuotedMessage(
        row.pk, _author_name(actor, row), gettext("(taken out)") if row.deleted_at else first_words(row.entry)
    )


def format_reply_cost(reply: "Generation | None") -> str:
    """What a reply has cost: "price unknown" where no price is known, empty for the rehearsal responder.

    Of a reply that failed only a price is said: nobody was given anything "free".
    """
    if reply is None or reply.state in {"queued", "streaming"} or reply.provider in (None, "", "rehearsal"):
        return ""
    if reply.state == "failed":
        return format_money(reply.cost_usd or 0.0)
    if reply.cost_usd is None:
        return gettext("price unknown")
    return format_money(reply.cost_usd) or "free"
