"""Importing SillyTavern groups: a chat with the account's own bots of the members' names."""

from dataclasses import dataclass

from botcafe.areas.companions.chats.actions import start_chat
from botcafe.areas.companions.chats.participants import MAX_BOTS, change_participants
from botcafe.areas.companions.chats.settings import change_settings
from botcafe.areas.companions.chats.settings_model import MAX_NOTE_CHARACTERS
from botcafe.areas.companions.collections.bot import BOTS, Bot
from botcafe.areas.companions.collections.conversation import Conversation
from botcafe.areas.knowledge.lore.field_map import clean_text
from botcafe.cms.schema.actor import Actor
from botcafe.formats.chats.groups import ImportedGroup
from botcafe.transfer.outcome import CreatedItem, SkippedItem

MISSING_BOT_REASON = "you have no bot of this name; bring its card first, then the group again"
# SillyTavern adds a number to the picture of a second character of the same name.
DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A bot of a group, and whether it may speak."""

    bot: Bot
    is_speaking: bool


def match_members(actor: Actor, group: ImportedGroup) -> tuple[dict[int, GroupMember], list[SkippedItem]]:
    """The actor's own bots of a group by id, in its order; and the members that are skipped."""
    found: dict[int, GroupMember] = {}
    skipped: list[SkippedItem] = []
    for file in group.members:
        name = clean_text(file.rpartition(".")[0] or file)
        bot = _find_own_bot(actor, name) or _find_own_bot(actor, name.rstrip(DIGITS))
        if bot is None:
            skipped.append({"what": name[:200], "why": MISSING_BOT_REASON})
        elif bot.pk in found:
            skipped.append({"what": name[:200], "why": f"{bot.name} takes part already"})
        elif len(found) >= MAX_BOTS:
            skipped.append({"what": name[:200], "why": f"at most {MAX_BOTS} bots take part in one chat"})
        else:
            found[bot.pk] = GroupMember(bot, file not in group.muted)
    return found, skipped


def _find_own_bot(actor: Actor, name: str) -> Bot | None:
    """The actor's newest bot of a name."""
    rows = BOTS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True, name__iexact=name.strip())
    found: Bot | None = rows.order_by("-id").first() if name.strip() else None
    return found


def import_group(actor: Actor, group: ImportedGroup) -> tuple[list[CreatedItem], list[SkippedItem]]:
    """Start a chat with the members of a group, inside the caller's transaction: what was made, who is skipped."""
    members, skipped = match_members(actor, group)
    if not members:
        return [], skipped
    first, *others = (member.bot for member in members.values())
    chat = start_chat(actor, first.slug)
    for bot in others:
        change_participants(actor, chat, {"add": bot.pk})
    for member in members.values():
        if not member.is_speaking:
            change_participants(actor, chat, {"mute": member.bot.pk})
    auto = {"on": False} | ({} if group.delay_seconds is None else {"delay_seconds": group.delay_seconds})
    title = clean_text(group.name).strip() or "Group"
    scenario = clean_text(group.scenario)[:MAX_NOTE_CHARACTERS]
    change_settings(actor, chat, {"title": title, "speaking_order": group.order, "auto": auto, "scenario": scenario})
    Conversation.objects.filter(pk=chat).update(origin={"format": "st-group", "raw": group.raw})
    item: CreatedItem = {"collection": "conversation", "id": chat, "name": title, "count": 0}
    return [item], skipped
