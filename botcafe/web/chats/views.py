"""Pages of one chat, whole and in parts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from botcafe.areas.companions.chats import queries as chat_queries
from botcafe.areas.companions.chats.lore_links import list_chat_lore
from botcafe.areas.companions.chats.settings_model import read_auto_mode
from botcafe.areas.companions.messages import thread
from botcafe.areas.companions.saved_prompts.actions import list_quick_replies
from botcafe.chat import preview as previews
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.web.chats.addresses import chat_urls
from botcafe.web.chats.drawer import Drawer, drawer_of
from botcafe.web.chats.forms import parse_turn_form
from botcafe.web.chats.inspector import Inspector, inspector_of
from botcafe.web.chats.presenters import (
    EMOJIS,
    QuotedMessage,
    TranscriptMessage,
    chat_list_page,
    picture_of_writer,
    quoted_message,
    transcript_messages,
)
from botcafe.web.shell.addresses import page_url
from botcafe.web.shell.presenters import as_context, query_number, start_of_day
from botcafe.web.shell.requests import actor_of, sign_in_required

if TYPE_CHECKING:
    from botcafe.areas.companions.collections.conversation import Conversation

SCRIPTED_BEFORE_CARD = 3
"""After so many replies out of a scene the page offers to add a model."""
EXPORT_FORMATS = (
    ("md", "Markdown"),
    ("html", gettext_lazy("Web page")),
    ("json", "JSON"),
    ("jsonl", gettext_lazy("JSON lines")),
)
MAX_MESSAGES = 120


@dataclass(frozen=True, slots=True)
class TranscriptPart:
    """The messages that are asked for, and what is opened among them.

    ``elsewhere`` is a message that was asked for and is on another branch; ``was`` the leaf before branching.
    """

    window: thread.ThreadWindow
    messages: list[TranscriptMessage]
    edit_id: int | None
    turn_id: int | None
    was: int | None
    elsewhere: int | None
    auto_left: int
    emojis: tuple[str, ...] = EMOJIS


@dataclass(frozen=True, slots=True)
class ChatHeader:
    """The chat as its header shows it; ``bot_*`` is the first participant."""

    id: int
    title: str
    subtitle: str
    status: str
    tags: list[str]
    folder: str
    bot_name: str
    bot_id: int | None
    bot_url: str | None
    picture_url: str | None
    writer_picture_url: str | None
    is_temporary: bool


def _load_transcript(request: HttpRequest, actor: Actor, chat: "Conversation") -> TranscriptPart:
    before, after, around = (query_number(request, name) for name in ("before", "after", "around"))
    is_placed = before or after or around
    date = start_of_day(request.GET.get("date", ""))
    limit = min(query_number(request, "limit") or thread.WINDOW_MESSAGES, MAX_MESSAGES)
    window = thread.load_window(
        actor,
        chat,
        before=before or None,
        after=after or None,
        around=around or None,
        date=None if is_placed else date,
        limit=limit,
    )
    missing = around if around not in {each.row.pk for each in window.shown} else None
    auto_mode = read_auto_mode(chat.auto_mode)
    return TranscriptPart(
        window=window,
        messages=transcript_messages(actor, window),
        edit_id=query_number(request, "edit"),
        turn_id=query_number(request, "turn"),
        was=query_number(request, "was"),
        elsewhere=missing if missing and _has_message(chat, missing) else None,
        auto_left=auto_mode.turns_left if auto_mode.is_on else 0,
    )


def part_context(part: TranscriptPart) -> dict[str, object]:
    """The context of a piece of the transcript."""
    # Templates look into a dict first: of sixty messages with forty looks each that is a fifth of the page's time.
    return {**as_context(part), "messages": [as_context(each) for each in part.messages]}


def _has_message(chat: "Conversation", message_id: int) -> bool:
    try:
        return bool(thread.get_message(chat.pk, message_id))
    except NotFound:
        return False


def _chat_header(actor: Actor, chat: "Conversation", drawer: Drawer) -> ChatHeader:
    first = drawer.participants[0] if drawer.participants else None
    names = ", ".join(each.name for each in drawer.participants)
    title = chat.title or names or gettext("Chat")
    return ChatHeader(
        id=chat.pk,
        title=title,
        subtitle="" if title == names else names,
        status=drawer.settings.status,
        tags=drawer.settings.tags,
        folder=drawer.settings.folder,
        bot_name=names or "nobody",
        bot_id=first.id if first else None,
        bot_url=page_url("bots:bot", first.slug) if first else None,
        picture_url=first.picture_url if first else None,
        writer_picture_url=picture_of_writer(actor, chat.persona),
        is_temporary=bool(chat.is_temporary),
    )


def _drawer_context(request: HttpRequest, actor: Actor, chat: "Conversation") -> dict[str, object]:
    drawer = drawer_of(actor, chat, request.GET.get("find", ""), with_lore="lore" in request.GET)
    return {
        **as_context(drawer),
        "is_mine": chat.user_id == actor.id,
        "conversation": _chat_header(actor, chat, drawer),
        "urls": chat_urls(chat.pk),
        "formats": EXPORT_FORMATS,
    }


def _page_inspector(request: HttpRequest, actor: Actor, messages: list[TranscriptMessage]) -> Inspector:
    # The prompt inspector is often longer than the chat itself: the page offers it, and fetches it when somebody looks.
    generation = query_number(request, "inspect")
    if generation:
        return inspector_of(previews.trace_generation(actor, generation))
    return Inspector(newest=next((each.generation_id for each in messages[::-1] if each.generation_id), None))


def _quoted(request: HttpRequest, actor: Actor, chat: "Conversation") -> QuotedMessage | None:
    message_id = query_number(request, "reply")
    return quoted_message(actor, thread.get_message(chat.pk, message_id)) if message_id else None


def _shared_chat(request: HttpRequest, chat: "Conversation", part: TranscriptPart) -> HttpResponse:
    """A chat that somebody shares with the actor: it can be read, and nothing else."""
    context = {
        "conversation": {"id": chat.pk, "title": chat.title or gettext("A chat")},
        "window": part.window,
        "lines": part.messages,
    }
    response = render(request, "chats/shared_chat.html", context)
    response["Cache-Control"] = "no-store"  # the share can be taken back
    return response


@sign_in_required
def chat(request: HttpRequest, conversation_id: int, problem: str = "", draft: str = "") -> HttpResponse:
    """One chat."""
    actor = actor_of(request)
    row = chat_queries.conversation_for(actor, conversation_id)
    part = _load_transcript(request, actor, row)
    if row.user_id != actor.id:
        return _shared_chat(request, row, part)
    context = {
        **_drawer_context(request, actor, row),
        **part_context(part),
        **as_context(chat_list_page(actor)),
        "scripted_before_card": SCRIPTED_BEFORE_CARD,
        "shows_model_card": sum(each.is_scripted for each in part.messages) >= SCRIPTED_BEFORE_CARD,
        "inspector": _page_inspector(request, actor, part.messages),
        "quoted": _quoted(request, actor, row),
        "quick_replies": list_quick_replies(actor),
        "undo": request.GET.get("undo", "")[:60],
        "send_error": problem,
        "draft": draft,
        "flash": list(flash.get_messages(request)),
    }
    response = render(request, "chats/chat.html", context, status=400 if problem else 200)
    if row.is_temporary:
        response["Cache-Control"] = "no-store"  # nor does the service worker keep it
    return response


@sign_in_required
def turns(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """A part of the transcript, for the page that is open."""
    actor = actor_of(request)
    row = chat_queries.own_conversation_for(actor, conversation_id)
    part = _load_transcript(request, actor, row)
    context = {"conversation": {"id": row.pk}, "urls": chat_urls(row.pk), **part_context(part)}
    return render(request, "messages/_transcript.html", context)


@sign_in_required
def drawer(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The drawer alone."""
    actor = actor_of(request)
    row = chat_queries.own_conversation_for(actor, conversation_id)
    return render(request, "chats/_drawer.html", _drawer_context(request, actor, row))


@sign_in_required
def active_lore(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The lore that counts in a chat, for its section of the drawer."""
    actor = actor_of(request)
    lore = list_chat_lore(actor, chat_queries.own_conversation_for(actor, conversation_id))
    if lore is None:
        raise NotFound
    return render(request, "chats/_drawer_lore.html", {"lore": lore, "urls": chat_urls(conversation_id)})


@sign_in_required
def sent(request: HttpRequest, conversation_id: int, generation_id: int) -> HttpResponse:
    """The prompt inspector of a reply."""
    trace = previews.trace_generation(actor_of(request), generation_id)
    return render(request, "chats/_inspector.html", {"inspector": inspector_of(trace)})


@require_POST
@sign_in_required
def preview(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """The prompt inspector of the next reply, before it is sent."""
    try:
        trace = previews.preview_turn(actor_of(request), conversation_id, parse_turn_form(request.POST, "send"))
    except ApiError as error:
        return HttpResponse(error.message, status=error.status, content_type="text/plain; charset=utf-8")
    return render(request, "chats/_inspector.html", {"inspector": inspector_of(trace, is_preview=True)})
