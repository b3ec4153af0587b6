"""Groups of files become chats with several bots: one's own of those names."""

from typing import Any

from botcafe.areas.companions.chats.actions import start_chat
from botcafe.areas.companions.chats.participants import MAX_BOTS, change_participants
from botcafe.areas.companions.chats.settings import change_settings
from botcafe.areas.companions.chats.settings_model import MAX_NOTE_CHARACTERS
from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.knowledge.lore.field_map import clean
from botcafe.cms.schema.actor import Actor
from botcafe.formats.chats.groups import ImportedGroup

Skipped = list[dict[str, str]]
ABSENT = "you have no bot of this name; bring its card first, then the group again"
DIGITS = "0123456789"


def members_of(actor: Actor, group: ImportedGroup) -> tuple[dict[int, tuple[Bot, bool]], Skipped]:
    """The actor's own bots by id, each with whether it speaks, and who is left out with the reason."""
    found: dict[int, tuple[Bot, bool]] = {}
    skipped: Skipped = []
    for file in group.members:
        name = clean(file.rpartition(".")[0] or file)
        bot = _own(actor, name) or _own(actor, name.rstrip(DIGITS))
        if bot is None:
            skipped.append({"what": name[:200], "why": ABSENT})
        elif bot.pk in found:
            skipped.append({"what": name[:200], "why": f"{bot.name} takes part already"})
        elif len(found) >= MAX_BOTS:
            skipped.append({"what": name[:200], "why": f"at most {MAX_BOTS} bots take part in one chat"})
        else:
            found[bot.pk] = (bot, file not in group.muted)
    return found, skipped


def _own(actor: Actor, name: str) -> Bot | None:
    """The newest of a name. A second picture of the same name has a number behind it."""
    rows = BOTS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True, name__iexact=name.strip())
    found: Bot | None = rows.order_by("-id").first() if name.strip() else None
    return found


def keep_group(actor: Actor, group: ImportedGroup) -> tuple[list[dict[str, Any]], Skipped]:
    """Open a chat for a group: what was made, and who is left out. The caller's transaction holds it."""
    members, skipped = members_of(actor, group)
    if not members:
        return [], skipped
    first, *others = (bot for bot, _ in members.values())
    chat = start_chat(actor, first.slug)
    for bot in others:
        change_participants(actor, chat, {"add": bot.pk})
    for bot, speaks in members.values():
        if not speaks:
            change_participants(actor, chat, {"mute": bot.pk})
    auto = {"on": False} | ({} if group.delay_seconds is None else {"delay_seconds": group.delay_seconds})
    title = clean(group.name).strip() or "Group"
    scenario = clean(group.scenario)[:MAX_NOTE_CHARACTERS]
    change_settings(actor, chat, {"title": title, "speaking_order": group.order, "auto": auto, "scenario": scenario})
    Conversation.objects.filter(pk=chat).update(origin={"format": "st-group", "raw": group.raw})
    made = {"collection": "conversation", "id": chat, "name": title}
    return [{**made, "count": 0}], skipped
