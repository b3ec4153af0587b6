"""The pages of memories: the list with its filters and settings, one memory, and a trial of recall."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from botcafe.areas.accounts.shown_files import shown_url
from botcafe.areas.companions.chats.memory_state import (
    change_memory_settings,
    list_memory_switches,
    read_memory_settings,
    summary_tokens_this_month,
)
from botcafe.areas.knowledge.memories import actions as memory_actions
from botcafe.areas.knowledge.memories import promote_to_lore
from botcafe.chat.prompt.recall import explain_hit
from botcafe.chat.summaries.jobs import merge_by_hand
from botcafe.cms.schema.errors import ApiError, NotFound
from botcafe.kit.ids import parse_row_id
from botcafe.kit.json_types import JsonObject
from botcafe.search.person_search import recall
from botcafe.web.chats.addresses import message_url
from botcafe.web.memories.forms import MemoryForm
from botcafe.web.shell.addresses import page_url, redirect_to
from botcafe.web.shell.presenters import parse_instant, query_number
from botcafe.web.shell.requests import actor_of, add_form_errors, next_url, sign_in_required

PAGE_SIZE = 20
STATUSES = (
    ("active", gettext_lazy("Remembered")),
    ("proposed", gettext_lazy("To review")),
    ("superseded", gettext_lazy("Merged")),
    ("retracted", gettext_lazy("Forgotten")),
)
KINDS = {
    "short_term": gettext_lazy("recent"),
    "long_term": gettext_lazy("longer ago"),
    "consolidated": gettext_lazy("merged"),
}


def memory_row(row: Any) -> dict[str, object]:
    """The template context of a memory."""
    sources = memory_actions.source_ids(row)
    here = message_url(row.conversation_id, sources[0]) if sources and row.conversation_id else ""
    return {
        "id": row.pk,
        "title": row.title or " ".join((row.entry or "").split()[:8]),
        "entry": row.entry or "",
        "bot": row.bot.name if row.bot_id else "",
        "bot_id": row.bot_id,
        "picture_url": shown_url(row.bot.user_id, row.bot.picture) if row.bot_id else None,
        "persona": row.persona.name if row.persona_id else "",
        "chat": (row.conversation.title or gettext("a chat")) if row.conversation_id else "",
        "source_url": here,
        "source_count": len(sources),
        "happened": parse_instant(row.happened_until or row.created_at),
        "kind": KINDS.get(row.type or "", ""),
        "importance": int(row.importance or 5),
        "topics": [str(t) for t in row.topics or []][:6],
        "mood": row.emotional_context or "",
        "is_pinned": bool(row.is_pinned),
        "is_extractive": bool(row.is_extractive),
        "is_edited": bool(row.is_edited),
        "model": row.summarization_model or "",
        "status": row.status or "active",
        "merged_into": row.superseded_by_id,
        "lore": {"url": page_url("lore:book", row.lore_entry.knowledge_collection_id, fragment=f"e{row.lore_entry_id}")}
        if row.lore_entry_id
        else None,
        "is_off_branch": memory_actions.origin_of(row).get("off") == memory_actions.OFF_BRANCH,
    }


@sign_in_required
def memories_page(request: HttpRequest) -> HttpResponse:
    """All memories of the user, newest first, with filters and settings."""
    actor = actor_of(request)
    bot, persona = query_number(request, "bot"), query_number(request, "persona")
    status = request.GET.get("status", "active")
    words = request.GET.get("q", "")[:200]
    rows = memory_actions.memories_of(actor, bot=bot, persona=persona, status=status, words=words)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    asked = {"bot": bot or "", "persona": persona or "", "status": status, "q": words}
    user = int(actor.id or 0)
    context = {
        "memories": [memory_row(row) for row in page.object_list],
        "count": page.paginator.count,
        **memory_actions.memory_filter_choices(actor),
        **asked,
        "is_filtered": bool(bot or persona or words or status != "active"),
        "statuses": STATUSES,
        "page": page.number,
        "has_next": page.has_next(),
        "next_url": f"?{urlencode({**asked, 'page': page.number + 1})}",
        "previous_url": f"?{urlencode({**asked, 'page': page.number - 1})}",
        "settings": {
            **asdict(read_memory_settings(user)),
            "used": summary_tokens_this_month(user),
            "bots": list_memory_switches(actor),
        },
        "here": request.get_full_path(),
        **_try_recall(request, bot),
    }
    return render(request, "memories/memories.html", context)


def _try_recall(request: HttpRequest, bot: int | None) -> dict[str, object]:
    """What a bot would recall for a text, with the reason for each memory."""
    text = " ".join(request.GET.get("said", "").split())[:2000]
    if not text:
        return {"said": ""}
    hits = recall(int(actor_of(request).id or 0), text, bot=bot, source_types=("memory",))
    shown = [{"id": h.source, "title": h.title or h.text[:60], "text": h.text, "why": explain_hit(h)} for h in hits]
    return {"said": text, "recalled": shown}


@sign_in_required
def edit_memory(request: HttpRequest, memory_id: int) -> HttpResponse:
    """Edit a memory."""
    actor = actor_of(request)
    row = memory_actions.memory_for(actor, memory_id)
    first = {"title": row.title, "entry": row.entry, "importance": int(row.importance or 5)}
    form = MemoryForm(request.POST or None, initial={**first, "topics": ", ".join(map(str, row.topics or []))})
    if request.method == "POST" and form.is_valid():
        try:
            memory_actions.edit_memory(actor, memory_id, form.as_data())
            messages.success(request, gettext("The memory is saved. Earlier versions are kept below."))
            return redirect_to("memories:memory", memory_id)
        except ApiError as error:
            add_form_errors(form, error)
    history = [
        {**each, "until": parse_instant(str(each.get("until") or ""))} for each in memory_actions.former_texts(row)
    ]
    context = {"form": form, "memory": memory_row(row), "history": history[::-1]}
    return render(request, "memories/memory.html", context, status=400 if form.errors else 200)


def _chosen_ids(request: HttpRequest) -> list[str]:
    return request.POST.getlist("ids")[: memory_actions.MAX_MEMORIES_AT_ONCE]


def _apply_action(request: HttpRequest, name: str) -> str:
    actor, ids = actor_of(request), _chosen_ids(request)
    if name == "merge":
        merge_by_hand(actor, ids)
        return gettext("They are one memory now. The old ones are kept under “Merged”.")
    if name == "lore":
        made = promote_to_lore.promote_memories(actor, ids)
        count = len(made["entries"])
        return ngettext("{count} memory has become lore.", "{count} memories have become lore.", count).format(
            count=count
        )
    if name == "unlore":
        promote_to_lore.undo_promotion(actor, ids)
        return gettext("Removed from lore; the memories stay.")
    if name == "unmerge":
        memory_actions.unmerge_memory(actor, ids[0] if ids else None)
        return gettext("The merge is undone.")
    if name in {"pin", "unpin"}:
        memory_actions.pin_memory(actor, ids[0] if ids else None, is_pinned=name == "pin")
        return gettext("Pinned: it is always used.") if name == "pin" else gettext("No longer pinned.")
    if name in {"retract", "restore"}:
        memory_actions.set_status(actor, ids, "retracted" if name == "retract" else "active")
        return gettext("Forgotten: it is not used any more.") if name == "retract" else gettext("Restored.")
    raise NotFound


@require_POST
@sign_in_required
def run_action(request: HttpRequest, name: str) -> HttpResponse:
    """Apply an action to the chosen memories."""
    try:
        messages.success(request, _apply_action(request, name))
    except NotFound:
        raise
    except ApiError as error:
        messages.error(request, error.message)
    return HttpResponseRedirect(next_url(request, page_url("memories:memories")))


def _bots_off(request: HttpRequest) -> list[int]:
    """The bots with memory off: the unticked ones of those that the form has shown, and all others as before."""
    shown, ticked = (
        {number for each in request.POST.getlist(name) if (number := parse_row_id(each)) is not None}
        for name in ("shown", "bot")
    )
    before = read_memory_settings(int(actor_of(request).id or 0)).bots_off
    return [*(n for n in before if n not in shown), *sorted(shown - ticked)]


@require_POST
@sign_in_required
def change_settings(request: HttpRequest) -> HttpResponse:
    """Change the memory settings of the account."""
    cap = request.POST.get("monthly_tokens", "").replace(",", "").strip()
    try:
        given: JsonObject = {"is_off": request.POST.get("on") != "1", "bots_off": [*_bots_off(request)]}
        if cap:
            given["monthly_tokens"] = int(cap) if cap.isdecimal() and len(cap) < 12 else -1
        change_memory_settings(actor_of(request), given)
        messages.success(request, gettext("Saved."))
    except ApiError as error:
        messages.error(request, error.message)
    return redirect_to("memories:memories")
