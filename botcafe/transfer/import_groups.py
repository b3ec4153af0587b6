"""Importing SillyTavern groups: a chat with the account's own bots of the members' names."""

from collections import Counter
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


@dataclass(frozen=True, slots=True)
class GroupMember:
    """A bot of a group, and whether it is muted."""

    bot: Bot
    is_muted: bool


def names_of_member(file: str) -> tuple[str, str]:
    """The names that a member's bot may have: that of the picture's file, and the same without digits at its end."""
    name = clean_text(file.rpartition(".")[0] or file).strip()
    # SillyTavern adds a number to the picture of a second character of the same name.
    return name, name.rstrip("0123456789").strip()


def match_members(
    actor: Actor, group: ImportedGroup, coming: Counter[str] | None = None
) -> tuple[list[GroupMember], list[SkippedItem]]:
    """The actor's own bots for the members of a group, in the group's order, and the members that are skipped.

    `coming` counts bots that are still to be stored, by their names in lower case; they match too, and have no id.
    """
    coming = Counter(coming or {})
    found: list[GroupMember] = []
    skipped: list[SkippedItem] = []
    for file in group.members:
        names = names_of_member(file)
        taken = [member.bot for member in found]
        bot = _find_free_bot(actor, names, taken, coming) if len(taken) < MAX_BOTS else None
        if bot is None:
            skipped.append({"what": names[0][:200], "why": _skip_reason(names, taken)})
        else:
            found.append(GroupMember(bot, file in group.muted))
    return found, skipped


def _find_free_bot(actor: Actor, names: tuple[str, str], taken: list[Bot], coming: Counter[str]) -> Bot | None:
    """The actor's newest bot of one of the names that is not taken; one of those that come is counted off."""
    own = BOTS.visible_to(actor).filter(user=actor.id, deleted_at__isnull=True)
    free = own.exclude(pk__in=[bot.pk for bot in taken if bot.pk is not None]).order_by("-id")
    for name in filter(None, dict.fromkeys(names)):
        if coming[name.lower()]:
            coming[name.lower()] -= 1
            return Bot(name=name)
        bot: Bot | None = free.filter(name__iexact=name).first()
        if bot is not None:
            return bot
    return None


def _skip_reason(names: tuple[str, str], taken: list[Bot]) -> str:
    if len(taken) >= MAX_BOTS:
        return f"at most {MAX_BOTS} bots take part in one chat"
    wanted = {name.lower() for name in names}
    present = next((bot.name for bot in taken if bot.name.lower() in wanted), None)
    return MISSING_BOT_REASON if present is None else f"{present} takes part already"


def import_group(actor: Actor, group: ImportedGroup) -> tuple[list[CreatedItem], list[SkippedItem]]:
    """Start a chat with the members of a group, inside the caller's transaction: what was made, who is skipped.

    Raises NotFound and Forbidden as `start_chat` does.
    """
    members, skipped = match_members(actor, group)
    if not members:
        return [], skipped
    first, *others = (member.bot for member in members)
    chat_id = start_chat(actor, first.slug)
    for bot in others:
        change_participants(actor, chat_id, {"add": bot.pk})
    for member in members:
        if member.is_muted:
            change_participants(actor, chat_id, {"mute": member.bot.pk})
    auto = {"on": False} | ({} if group.delay_seconds is None else {"delay_seconds": group.delay_seconds})
    title = clean_text(group.name).strip() or "Group"
    scenario = clean_text(group.scenario)[:MAX_NOTE_CHARACTERS]
    change_settings(actor, chat_id, {"title": title, "speaking_order": group.order, "auto": auto, "scenario": scenario})
    Conversation.objects.filter(pk=chat_id).update(origin={"format": "st-group", "raw": group.raw})
    item: CreatedItem = {"collection": "conversation", "id": chat_id, "name": title, "count": 0}
    return [item], skipped
