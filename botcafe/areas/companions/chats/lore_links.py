"""Lorebooks attached to chats and personas, and why each one is active in a chat."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from botcafe.areas.companions.bots.actions import DEPTH_ZERO
from botcafe.areas.companions.bots.queries import may_chat_with
from botcafe.areas.companions.chats.participants import load_participations
from botcafe.areas.companions.chats.unknown_bots import named_bot, unknown_bots
from botcafe.areas.companions.collections.conversation import CONVERSATIONS, Conversation
from botcafe.areas.companions.collections.persona import PERSONAS, Persona
from botcafe.areas.companions.messages.tree import lock_own_chat
from botcafe.areas.knowledge.lore import books as lore_books
from botcafe.areas.knowledge.lore.compiled_books import scopes_for
from botcafe.cms.schema.actor import Actor
from botcafe.cms.schema.collection import get_collection
from botcafe.cms.schema.errors import BadRequest, NotFound
from botcafe.cms.write import write_operations

LORE_FIELD = "knowledge_collections"


@dataclass(slots=True)
class LinkedLorebook:
    """A lorebook in a chat: the reasons it is active (none if it is not), and whether it is attached to the chat itself."""

    id: int
    name: str
    is_here: bool = False
    why: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ChatLore:
    """The user's own lorebooks, active ones first; ``closed`` names the bots that bring lorebooks of other users."""

    own: list[LinkedLorebook]
    closed: list[str]


def list_chat_lore(actor: Actor, chat: Conversation) -> ChatLore | None:
    """The lorebooks of the actor's own chat with reasons; None for another's chat. Four queries and two per bot."""
    if chat.user_id != actor.id:
        return None
    attached = set(_attached_ids(Conversation, chat.pk))
    own = {number: LinkedLorebook(number, name, number in attached) for number, name in lore_books.book_choices(actor)}
    closed: list[str] = []
    rows = load_participations(chat.pk)
    unknown = unknown_bots(named_bot(row, chat.user_id) for row in rows)
    for row in rows:
        if (chat.pk, row.bot_id) in unknown:
            continue
        usable = may_chat_with(actor, row.bot)
        scopes = scopes_for(int(actor.id or 0), row.bot, chat.persona_id, chat.pk, may_use_bot=usable)
        for number, scope in scopes.items():
            if number in own:
                _explain_link(own[number], scope, row.bot.name, chat)
        if scopes.keys() - own.keys():
            closed.append(row.bot.name)
    return ChatLore(sorted(own.values(), key=lambda each: not each.why), closed)


def _explain_link(linked: LinkedLorebook, scope: str, bot: str, chat: Conversation) -> None:
    """Add the reason for a scope, once."""
    persona = chat.persona.name if chat.persona else "your persona"
    words = {
        "chat": "in this chat",
        "persona": f"while you are {persona}",
        "bot": f"when {bot} answers",
        "global": "in all your chats",
    }
    if words[scope] not in linked.why:
        linked.why.append(words[scope])


def _attached_ids(model: Any, row_id: int) -> list[int]:
    link: Any = model.many_relations[LORE_FIELD].link
    return list(link.objects.filter(parent=row_id).order_by("id").values_list("target_id", flat=True))


def attach_lore_to_chat(actor: Actor, conversation_id: int, wanted: list[int]) -> None:
    """Attach exactly these of the actor's lorebooks to their chat. Raises NotFound and BadRequest."""
    with transaction.atomic():
        chat = lock_own_chat(actor, conversation_id)
        kept = _validate_books(actor, _attached_ids(Conversation, chat.pk), wanted)
        write_operations.update_by_id(CONVERSATIONS, actor, chat.pk, {LORE_FIELD: kept}, DEPTH_ZERO)


def _validate_books(actor: Actor, present: list[int], wanted: list[int]) -> list[int]:
    """The new list of ids: the wanted own lorebooks, and other users' that were attached before and are still readable."""
    own = {number for number, _ in lore_books.book_choices(actor)}
    if not own.issuperset(wanted):
        raise NotFound("There is no such collection of yours.")
    others = [number for number in present if number not in own]
    readable = get_collection("knowledgeCollections").visible_to(actor).filter(pk__in=others)
    still = set(readable.values_list("pk", flat=True)) if others else set()
    return [*(number for number in others if number in still), *dict.fromkeys(wanted)]


def list_persona_lore(persona: Persona) -> list[int]:
    """Ids of the lorebooks attached to a persona."""
    return _attached_ids(Persona, persona.pk)


def set_persona_lore(actor: Actor, persona_id: int | None, wanted: list[int]) -> list[int]:
    """What ``save_persona`` takes as ``knowledge_collections`` for these own ones. Raises NotFound."""
    return _validate_books(actor, _attached_ids(Persona, persona_id) if persona_id else [], wanted)


def list_personas_with_book(actor: Actor, book_id: int) -> list[int]:
    """Ids of the actor's personas that a lorebook is attached to."""
    link: Any = Persona.many_relations[LORE_FIELD].link
    return list(link.objects.filter(target=book_id, parent__user=actor.id).values_list("parent_id", flat=True))


def list_attached_books(actor: Actor) -> set[int]:
    """Ids of the lorebooks attached to any persona or chat of the actor's."""
    found: set[int] = set()
    for model in (Persona, Conversation):
        link: Any = model.many_relations[LORE_FIELD].link
        found.update(link.objects.filter(parent__user=actor.id).values_list("target_id", flat=True))
    return found


def save_book(actor: Actor, data: dict[str, Any], book_id: int | None, personas: list[int] | None) -> int:
    """Create or change a lorebook and attach it to exactly these personas (None: leave as is); returns its id.

    Raises NotFound, Forbidden, BadRequest and ValidationFailed.
    """
    with transaction.atomic():
        number = lore_books.save_book(actor, data, book_id)
        if personas is not None:
            _attach_lore_to_personas(actor, number, set(personas))
    return number


def _attach_lore_to_personas(actor: Actor, book_id: int, wanted: set[int]) -> None:
    mine = PERSONAS.visible_to(actor, "update").filter(user=actor.id)
    if wanted - set(mine.values_list("pk", flat=True)):
        raise BadRequest("personas: choose of your own.")
    # The symmetric difference: only personas whose state changes are written.
    for number in sorted(wanted ^ set(list_personas_with_book(actor, book_id))):
        others = [each for each in _attached_ids(Persona, number) if each != book_id]
        attached = [*others, book_id] if number in wanted else others
        write_operations.update_by_id(PERSONAS, actor, number, {LORE_FIELD: attached}, DEPTH_ZERO)
